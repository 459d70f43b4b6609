"""A server's traffic in small: prompts of mixed lengths that arrive, continuous batching, beside SDPA.

    python3 benchmarks/speed/serve.py --requests 24 --rate 2 --prompt-tokens 128 4096 --new-tokens 32

Slices of a text arrive at a model of bytes in transformers (generate_batch, 5.24): at random times, as many in a second as
--rate says, of lengths as often between 128 and 256 as between 2,048 and 4,096. Each implementation gets the same requests at
the same times, after a few that compile what it runs. Printed are tokens in a second, from the first arrival to the last
token, and the time from a request's arrival to its first token: the median, and what 95 of 100 requests do not exceed. Where the policy's
budget covers a request its tokens have to be those of SDPA; the exit status is 1 where they are not.
"""

import argparse
import gzip
import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
import transformers

import hip_mlir
from hip_mlir.integrations.transformers import Config, register, serving
from hip_mlir.policies import parts_of

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "examples/transformers"))

import tiny_lm  # noqa: E402

TINY = ROOT / "examples/data/tiny-lm"
IMPLEMENTATIONS = ("sdpa", "hip_dense", "hip")


def covered_tokens(policy, sink, window):
    """Keys of the longest request of which the policy leaves none out, prompt and answer."""
    budgets = [part.kept_keys for part in parts_of(policy)]
    return math.inf if None in budgets else sink + window + max(budgets)


def make_traffic(options):
    """[(seconds of its arrival, prompt)], in order."""
    random = np.random.default_rng(options.seed)
    text = gzip.open(options.text).read()
    low, high = options.prompt_tokens
    lengths = np.exp(random.uniform(np.log(low), np.log(high + 1), options.requests)).astype(int).clip(low, high)
    arrivals = np.cumsum(random.exponential(1 / options.rate, options.requests))
    begins = [int(random.integers(0, max(1, len(text) - length))) for length in lengths]
    return [(float(arrival - arrivals[0]), list(text[begin:begin + length]))
            for arrival, begin, length in zip(arrivals, begins, lengths)]


def settings_of(name, options):
    """The cache has room for all requests at once; as many rows go through the model at a time as --batch-tokens says.

    transformers gives SDPA no tables of pages.
    """
    pages = -(-(options.prompt_tokens[1] + options.new_tokens) // options.page)
    return transformers.ContinuousBatchingConfig(
        page_size=options.page, num_blocks=pages * (options.requests + 1), max_batch_tokens=options.batch_tokens,
        max_requests_per_batch=options.requests, max_blocks_per_request=0 if name == "sdpa" else pages,
        auto_switch_to_flash=False, allow_block_sharing=False)


def serve(model, name, traffic, options):
    """[result] of transformers for each request, in order, and the seconds from the first arrival to the last token."""
    generation = transformers.GenerationConfig(do_sample=False, max_new_tokens=options.new_tokens, eos_token_id=-1,
                                               pad_token_id=0)
    with model.continuous_batching_context_manager(generation_config=generation,
                                                   continuous_batching_config=settings_of(name, options)) as manager:
        # Prompts of several rows and of one, together and decoding: all programs.
        run(manager, [(0.0, prompt[:length]) for length in (200, 90, 1) for _, prompt in traffic[:1]], options)
        return run(manager, traffic, options)


def run(manager, traffic, options):
    names, done, begin = [], {}, time.perf_counter()
    for arrival, prompt in traffic:
        time.sleep(max(0.0, begin + arrival - time.perf_counter()))
        names.append(manager.add_request(prompt, max_new_tokens=options.new_tokens, record_timestamps=True))
    while len(done) < len(traffic):
        result = manager.get_result(timeout=1)
        if result is not None and result.is_finished():
            done[result.request_id] = result
        elif result is None and not manager.is_running():
            break
    results = [done.get(name) for name in names]
    if failed := [result.error if result else "the server has ended" for result in results if not result or result.error]:
        raise RuntimeError(f"{len(failed)} of {len(results)} requests failed: {failed[0]}")
    return results, max(result.timestamps[-1] for result in results) - begin


def summary_of(name, results, seconds):
    """A line of the table."""
    waits = [result.timestamps[0] - result.created_time for result in results]
    return {"implementation": name, "requests": len(results),
            "prompt_tokens": sum(len(result.prompt_ids) for result in results),
            "tokens_per_second": sum(len(result.generated_tokens) for result in results) / seconds,
            "first_token_median": float(np.median(waits)), "first_token_95": float(np.percentile(waits, 95)),
            "seconds": seconds}


def agreement(results, wanted, covered):
    """((same, all) of the requests that a budget covers, and of the others)."""
    pairs = [(len(each.prompt_ids) + len(each.generated_tokens) <= covered, each.generated_tokens == other.generated_tokens)
             for each, other in zip(results, wanted)]
    return tuple((sum(same for inside, same in pairs if inside == part), sum(inside == part for inside, _ in pairs))
                 for part in (True, False))


def compare(model, options):
    """The lines of all implementations; prints them as they come. SDPA is the first, which the others are held to."""
    traffic = make_traffic(options)
    lines, wanted = [], None
    print("| attention | tokens/s | first token, median | 95th percentile | tokens of SDPA, covered | others |\n"
          "| --- | --- | --- | --- | --- | --- |")
    for name in IMPLEMENTATIONS:
        if name == "sdpa":
            model.set_attn_implementation("sdpa")
            results, seconds = serve(model, name, traffic, options)
            wanted = results
        else:
            with serving(model, name):
                results, seconds = serve(model, name, traffic, options)
        line = summary_of(name, results, seconds)
        covered = covered_tokens(options.policy, options.sink, options.window) if name == "hip" else math.inf
        line["same_covered"], line["same_others"] = agreement(results, wanted, covered)
        lines.append(line)
        print(f"| {name} | {line['tokens_per_second']:.1f} | {line['first_token_median']:.3f} s | {line['first_token_95']:.3f} s"
              " | {} of {} | {} of {} |".format(*line["same_covered"], *line["same_others"]), flush=True)
    return lines


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, default=TINY, help="folder of a model as examples/transformers/tiny_lm.py says")
    parser.add_argument("--text", type=Path, default=TINY / "moby_dick.txt.gz", help="what prompts are slices of, by gzip")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--requests", type=int, default=24)
    parser.add_argument("--rate", type=float, default=2.0, help="arrivals in a second")
    parser.add_argument("--prompt-tokens", type=int, nargs=2, default=(128, 4096), metavar=("LEAST", "MOST"))
    parser.add_argument("--new-tokens", type=int, default=32)
    parser.add_argument("--batch-tokens", type=int, default=1024, help="rows of a forward pass")
    parser.add_argument("--page", type=int, default=64, help="tokens of a page of the cache")
    parser.add_argument("--policy", type=hip_mlir.parse_policy, default=hip_mlir.HIP)
    parser.add_argument("--sink", type=int, default=128)
    parser.add_argument("--window", type=int, default=1024)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="a file for the same as JSON")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse(arguments)
    dtype = torch.bfloat16 if options.device.startswith("cuda") else torch.float32
    model = tiny_lm.load(options.model, options.device, dtype)
    register(Config(prefill=options.policy, decode=options.policy, sink=options.sink, window=options.window))
    lines = compare(model, options)
    if options.json:
        options.json.write_text(json.dumps(lines, indent=1) + "\n")
    return int(any(same < count for same, count in (line["same_covered"] for line in lines)))


if __name__ == "__main__":
    sys.exit(main())
