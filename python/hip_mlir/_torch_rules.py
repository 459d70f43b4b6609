"""The custom ops under what PyTorch does besides running them: vmap, autograd, autocast, modes and subclasses."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch.overrides import has_torch_function

from ._arrays import NO_GRADIENT, TorchAdapter, refuse_memory
from ._call_checks import check_call
from ._score_mods import repeat_batch
from ._storage import heads_first
from .errors import ArgumentTypeError, Error, UnsupportedError

PLAIN = {torch.Tensor, torch.nn.Parameter}
_adapter = TorchAdapter()


def is_plain(*tensors: Any) -> bool:
    """Whether these are tensors that nothing but eager PyTorch sees: no trace, mode, transform or subclass."""
    return (PLAIN.issuperset(map(type, tensors)) and not has_torch_function(tensors) and not _adapter.is_recording()
            and torch._C._functorch.peek_interpreter_stack() is None and not tensors[0].is_meta)


def cast(tensors: Sequence[Any]) -> list[Any]:
    """Tensors in the type that autocast has for their devices, as those of PyTorch's own attention."""
    return [_cast(x) if isinstance(x, torch.Tensor) else x for x in tensors]


def _cast(tensor):
    device = tensor.device.type
    if tensor.is_meta or not torch.is_autocast_enabled(device):
        return tensor
    if not tensor.is_floating_point() or tensor.dtype == torch.float64:
        return tensor
    return tensor.to(torch.get_autocast_dtype(device))


def refuse_gradients(tensors):
    if torch.is_grad_enabled() and any(x.requires_grad for x in tensors):
        raise UnsupportedError(NO_GRADIENT)


def check_tensors(tensors, given, policy, list_heads, return_lists):
    """Refuses what no op takes, before PyTorch meets it in words of its own."""
    if not are_tensors(tensors, given.names):
        return
    views = []
    for name, tensor in zip(given.names, tensors):
        _named(name, _adapter.refuse_derivatives, tensor)
        # Meta tensors are told as those of the CPU.
        device = torch.device("cpu") if tensor.is_meta else tensor.device
        views.append(_named(name, _adapter.view, (tensor.dtype, device, tensor.shape, ())))
    if all(isinstance(size, int) for view in views for size in view[4]):  # else symbols, which the run compares
        check_call(heads_first(given, views), policy, list_heads, return_lists, given)


def are_tensors(tensors, names):
    """Whether all are dense tensors; False where one only has __torch_function__, an error for anything else."""
    known = True
    for name, tensor in zip(names, tensors):
        if isinstance(tensor, torch.Tensor):
            if tensor.is_nested or tensor.layout is not torch.strided:
                _named(name, refuse_memory, tensor)
        elif hasattr(type(tensor), "__torch_function__"):
            known = False
        else:
            raise ArgumentTypeError(f"{name} is a {type(tensor).__name__}; give a torch.Tensor")
    return known


def _named(name, function, *arguments):
    try:
        return function(*arguments)
    except Error as error:
        raise type(error)(f"{name}: {error}") from None


def dense_rows(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor, or a copy whose last dimension is contiguous."""
    return tensor if tensor.stride(-1) == 1 else tensor.contiguous()


def call(op, tensors, options):
    """The op on tensors that may be of a subclass with rules of its own, which may not have one for it."""
    if torch.compiler.is_compiling():
        return op(*tensors, *options)
    try:
        return op(*tensors, *options)
    except Error:
        raise
    except Exception as error:
        kinds = {type(x).__name__ for x in tensors if isinstance(x, torch.Tensor) and type(x) not in PLAIN}
        if not kinds:
            raise
        reason = str(error).partition("\n")[0].rstrip(".:")
        raise UnsupportedError(f"a {' and a '.join(sorted(kinds))} has no rule for torch.ops.{op}: {reason}; give "
                               "plain tensors, or add one to its __torch_dispatch__ or __torch_function__") from error


def add_rules(op, mapped=None):
    """Rules of PyTorch's transforms for an op. Without `mapped` for vmap, its last arguments are `policy` and all that
    follow it."""
    op.register_vmap(mapped or partial(_mapped, op))
    op.register_autograd(_refuse_gradient, setup_context=_refuse_gradient)


def _refuse_gradient(*_arguments, **_named_arguments):
    raise UnsupportedError(NO_GRADIENT)


def refuse_stored(*_arguments):
    raise UnsupportedError("torch.vmap maps attention with kv=, q_rows=, positions= or arrays that score_mod reads, "
                           "which batch entries share; make the mapped dimension part of the batch")


def _mapped(op, info, dims, *arguments):
    """The op over a further dimension, which becomes part of the batch."""
    count = sum(isinstance(x, torch.Tensor) for x in arguments)
    tensors, (*options, score) = arguments[:count], arguments[count:]
    batched = tensors[0].dim() - (dims[0] is not None) == 4
    moved = [_moved(x, dim, info.batch_size) for x, dim in zip(tensors, dims)]
    sizes = moved[0].shape[:2] if batched else moved[0].shape[:1]
    if batched:
        moved = [x.flatten(0, 1) for x in moved]
    if score is not None:
        score = repeat_batch(score, sizes[1] if batched else 1)
    results = op(*map(dense_rows, moved), *options, score)
    if isinstance(results, torch.Tensor):
        return _unfolded(results, sizes), 0
    return tuple(_unfolded(x, sizes) for x in results), (0,) * len(results)


def _moved(tensor, dim, size):
    return tensor.unsqueeze(0).expand(size, *tensor.shape) if dim is None else tensor.movedim(dim, 0)


def _unfolded(tensor, sizes):
    return tensor.unflatten(0, sizes)
