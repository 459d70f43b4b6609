"""NumPy reference of the ops, written from the semantics (rules S1-S24) alone."""

from .attention import Attention, attention, merge
from .bands import Band
from .policies import Boxes, Dense, Stages, Tree, Union, Window, parse_policy
from .prune import prune, selection_heads

__all__ = ["Attention", "Band", "Boxes", "Dense", "Stages", "Tree", "Union", "Window",
           "attention", "merge", "parse_policy", "prune", "selection_heads"]
