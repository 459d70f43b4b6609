"""Prompts with numbers hidden in text, made of a seed: one pass key, or several by name.

The sentences are those that the tiny model was trained on. A prompt has exactly `length` tokens.
"""

from dataclasses import dataclass

import numpy as np

ONE = ("\n\nThe pass key is {digits}. Remember it.\n\n", "\n\nWhat is the pass key? The pass key is ")
NAMED = ("\n\nThe pass key for {name} is {digits}. Remember it.\n\n",
         "\n\nWhat is the pass key for {name}? The pass key for {name} is ")
DEPTHS = 10
# How far a hidden sentence may move to stand between words.
MOST_SHIFT = 64


@dataclass(frozen=True)
class Prompt:
    """shared: so many of its first tokens are those of the prompts beside it."""

    tokens: tuple
    answer: str
    depth: float
    shared: int = 0


def _digits(rng):
    return str(rng.integers(10000, 100000))


def _name(rng):
    """A name of seven letters such as Muducar."""
    return "".join(str(rng.choice(list(letters))) for letters in ("BDGKLMNPRSTV", *("aeiou", "bdklmnprst") * 3))


def _haystack(encode, texts, rng, room):
    """`room` tokens of one of the texts, from a random word on, and again from its start at its end."""
    text = texts[rng.integers(len(texts))]
    start = text.find(" ", int(rng.integers(len(text)))) + 1
    text = text[start:] + text[:start]
    tokens = encode(text[:8 * room])
    while len(tokens) < room:
        tokens = tokens + tokens
    return tokens[:room]


def _hide(encode, haystack, sentences, depths):
    """The haystack with sentences at depths of 0 to 1, ascending, between words where there is a space."""
    spaces, tokens, done = {*encode(" "), *encode("\n")}, [], 0
    for sentence, depth in zip(sentences, depths):
        place = max(done, int(depth * len(haystack)))
        near = range(place, min(place + MOST_SHIFT, len(haystack)))
        place = next((each for each in near if haystack[each] in spaces), place)
        tokens += haystack[done:place] + sentence
        done = place
    return tokens + haystack[done:]


def passkeys(encode, texts, length, count, seed):
    """So many prompts with one pass key, at DEPTHS depths in turn."""
    prompts = []
    for number in range(count):
        rng = np.random.default_rng([seed, length, number])
        depth, digits = (number % DEPTHS + 0.5) / DEPTHS, _digits(rng)
        sentence, question = encode(ONE[0].format(digits=digits)), encode(ONE[1])
        haystack = _haystack(encode, texts, rng, length - len(sentence) - len(question))
        prompts.append(Prompt((*_hide(encode, haystack, [sentence], [depth]), *question), digits, depth))
    return prompts


def several(encode, texts, length, count, seed, keys=24, asked=8):
    """So many prompts or some more: each text hides `keys` named keys, of which `asked` are asked, one a prompt."""
    prompts = []
    for number in range(-(-count // asked)):
        rng = np.random.default_rng([seed, length, keys, number])
        pairs = {}
        while len(pairs) < keys:
            pairs[_name(rng)] = _digits(rng)
        sentences = [encode(NAMED[0].format(name=name, digits=digits)) for name, digits in pairs.items()]
        depths = (np.arange(keys) + rng.random(keys)) / keys
        names = list(pairs)
        questions = [encode(NAMED[1].format(name=name)) for name in names]
        room = length - sum(map(len, sentences)) - max(map(len, questions))
        tokens = _hide(encode, _haystack(encode, texts, rng, room), sentences, depths)
        for each in range(0, keys, keys // asked):
            prompts.append(Prompt((*tokens, *questions[each]), pairs[names[each]], float(depths[each]), len(tokens)))
    return prompts
