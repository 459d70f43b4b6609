"""Models whose tokens are bytes."""

import numpy as np


class ByteTokens:
    """Text as tokens, and back."""

    def encode(self, text):
        return list(text.encode("latin-1", "replace"))

    def decode(self, tokens):
        return bytes(int(token) if token < 256 else 63 for token in tokens).decode("latin-1")

    def sizes(self, tokens):
        """Bytes that each token stands for."""
        return np.ones(len(tokens))
