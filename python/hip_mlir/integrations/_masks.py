"""The mask interface of transformers: which keys each sequence of a batch has, in place of a mask.

Padding and room that a static cache has left are numbers of a sequence. With them attention reads keys where they lie:
a sequence is a table of pages of one key each (S23), its rows have positions (S1). Nothing of it is read on the host.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from transformers.masking_utils import (bidirectional_mask_function, causal_mask_function,
                                        sliding_window_causal_mask_function, sliding_window_overlay)

from hip_mlir._storage import Paged
from hip_mlir.errors import UnsupportedError

SLIDING = sliding_window_causal_mask_function(1).__code__
OVERLAY = sliding_window_overlay(1).__code__


class Places:
    """Keys and rows of each sequence, from int32 [B, 1, 1, 3]: its first key, its keys, and the key that row 0 is.

    transformers takes tensors of four dimensions for masks that are made, and hands them on.
    """

    def __init__(self, numbers: torch.Tensor) -> None:
        self.first, self.lengths, row = numbers[:, 0, 0].t().contiguous()
        #: Position of the first row that is no padding, int32 [B], and how many rows before it are.
        self.positions, self.skipped = (row - self.first).clamp(min=0), (self.first - row).clamp(min=0)

    def stored(self, key: torch.Tensor, value: torch.Tensor) -> Paged:
        """Views of key and value [B, Hkv, Tk, D], in which page b * Hkv * Tk + t has key t of sequence b."""
        batch, heads, keys, _ = key.shape
        places = torch.arange(keys, dtype=torch.int32, device=key.device)
        starts = torch.arange(batch, dtype=torch.int32, device=key.device) * (heads * keys) + self.first
        return Paged(_pages(key), _pages(value), starts[:, None] + places, self.lengths)

    def moved(self, rows: torch.Tensor, back: bool = False) -> torch.Tensor:
        """rows [B, Hq, Tq, D] with those of padding behind the others; or such rows as they were."""
        count = rows.shape[2]
        if count == 1:
            return rows
        places = torch.arange(count, device=rows.device)
        shift = self.skipped.long()[:, None]
        index = (places - shift if back else places + shift) % count
        moved: torch.Tensor = rows.gather(2, index[:, None, :, None].expand_as(rows))
        return moved


def _pages(array: torch.Tensor) -> torch.Tensor:
    """A view [P, 1, H, D] of an array [B, H, T, D]: page p begins p rows from its begin, and its heads T rows apart."""
    batch, heads, rows, size = array.shape
    pages = (batch * heads - heads + 1) * rows
    view: torch.Tensor = array.contiguous().as_strided((pages, 1, heads, size), (size, size, rows * size, 1))
    return view


def places_of(attention_mask: torch.Tensor | None) -> Places | None:
    """What make_mask() gave; anything else is a mask of the caller."""
    if attention_mask is None:
        return None
    if attention_mask.dtype != torch.int32 or tuple(attention_mask.shape[1:]) != (1, 1, 3):
        raise UnsupportedError(f"got an attention mask of shape {list(attention_mask.shape)}; hip knows causal and full "
                               "attention, sliding windows and padding: give a mask [batch, keys], or none")
    return Places(attention_mask)


def make_mask(batch_size: int, q_length: int, kv_length: int, q_offset: Any = 0,
              kv_offset: int = 0, mask_function: Callable[..., object] = causal_mask_function,
              attention_mask: torch.Tensor | None = None, allow_is_causal_skip: bool = True,
              device: torch.device | str = "cpu", **_others: object) -> torch.Tensor | None:
    """The mask interface: None where every sequence has all keys, else the numbers of Places.

    q_offset: an int, or a tensor of one where a static cache counts.
    attention_mask: bool [B, keys], True where a token is no padding. One run of tokens a sequence is known, with padding
    before it, or behind it in a prompt; NotImplementedError says what else there is. As SDPA's, a mask is read on the
    host once a forward pass, but not in a step over a static cache, and not when it is traced.
    """
    if mask_function not in (causal_mask_function, bidirectional_mask_function) and not _is_sliding(mask_function):
        raise UnsupportedError("the model asks for a mask that is neither causal nor full nor a sliding window; hip "
                               "knows no other (packed sequences, prefixes, chunks)")
    row = q_offset - kv_offset
    written = kv_length if mask_function is bidirectional_mask_function else row + q_length
    reads = allow_is_causal_skip and not torch.compiler.is_compiling()
    mask = None if attention_mask is None else attention_mask[:, kv_offset:kv_offset + kv_length].bool()
    if not isinstance(written, torch.Tensor) and written == kv_length and (mask is None or reads and bool(mask.all())):
        return None
    places = torch.arange(kv_length, device=device)
    seen = (places < written).expand(batch_size, -1)
    if mask is not None:
        seen = seen & torch.nn.functional.pad(mask, (0, kv_length - mask.shape[1]))
    _one_run(seen, reads)
    first, count = seen.int().argmax(1), seen.sum(1)
    row = row + torch.zeros_like(first)
    numbers: torch.Tensor = torch.stack([first, count, row], 1).int()[:, None, None]
    return numbers


def _one_run(seen: torch.Tensor, reads: bool) -> None:
    """Raises where the keys [B, Tk] of a sequence are not one after another."""
    runs = seen[:, :1].sum(1) + (seen.int().diff(dim=1) == 1).sum(1)
    whole, words = (runs <= 1).all(), "a sequence has padding between its tokens; pad prompts on the left"
    if not reads:
        torch._assert_async(whole, words)
    elif not whole:
        raise UnsupportedError(words)


def _is_sliding(function: Any) -> bool:
    """Whether a mask function is transformers' causal sliding window and nothing besides."""
    if getattr(function, "__code__", None) is not SLIDING:
        return False
    parts = function.__closure__[0].cell_contents
    return len(parts) == 2 and parts[0].__code__ is OVERLAY and parts[1] is causal_mask_function
