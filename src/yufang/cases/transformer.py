"""A second reader that stands on a transformer from a local folder (extra `deep`): its vectors, and softmax regression.

The transformer itself is not trained further: on two cores that would take hours, and its vectors already know words
that a few thousand narratives don't teach. A text's vector is the mean and the maximum of its tokens in the middle
and the last layer. Nothing is ever downloaded; the folder holds what a Hugging Face model folder holds (config.json,
the tokeniser's files, model.safetensors).
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from yufang.cases.attention import log_softmax
from yufang.cases.errors import CoderError
from yufang.cases.second import TextReader

Single = NDArray[np.float32]
Long = NDArray[np.int64]

LEAST_ROWS = 100
MOST_SETTLED = 0.97
TOKENS = 192  # of a text so many are read
BATCH = 32
SHRINKAGE = 0.03  # on vectors whose parts have spread 1 / √(their number)
PASSES = 60


class Encoder:
    """A transformer and its tokeniser, read from a folder.

    Raises CoderError where the extra `deep` or a file of the folder is missing.
    """

    def __init__(self, folder: Path) -> None:
        for package in ("torch", "transformers"):
            if importlib.util.find_spec(package) is None:
                raise CoderError(
                    f"Reading with a transformer needs {package}, which is not installed.",
                    "Install the extra: pip install 'yufang[deep]'.",
                )
        missing = [name for name in ("config.json", "model.safetensors") if not (folder / name).is_file()]
        if missing:
            raise CoderError(
                f"{folder} is no model folder: {' and '.join(missing)} missing.",
                "Give a folder with config.json, the tokeniser's files and model.safetensors; nothing is downloaded.",
            )
        self.folder = folder
        import transformers

        try:
            self._tokeniser = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
            self._model = transformers.AutoModel.from_pretrained(folder, local_files_only=True).eval()
        except (OSError, ValueError) as error:
            raise CoderError(f"{folder} can't be read as a model: {error}", "Check the folder's files.") from error

    def digest(self) -> str:
        """Sixteen hexadecimal digits of the weights' file: another model gives other vectors."""
        with (self.folder / "model.safetensors").open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]

    def vectors(self, texts: Sequence[str], *, batch: int = BATCH) -> Single:
        """Vectors (n, 4 · width). With `batch` 1 a text's own doesn't depend, to the last digit, on the others."""
        import torch

        tokens = self._tokeniser(list(texts), truncation=True, max_length=TOKENS)["input_ids"] if texts else []
        order = np.argsort([len(one) for one in tokens], kind="stable")
        found: Single = np.empty((len(texts), 4 * self._model.config.hidden_size), np.float32)
        with torch.inference_mode():
            for i in range(0, len(order), batch):
                rows = order[i : i + batch]
                longest = max(len(tokens[r]) for r in rows)
                ids = torch.zeros(len(rows), longest, dtype=torch.long)
                mask = torch.zeros(len(rows), longest, dtype=torch.long)
                for k, r in enumerate(rows):
                    ids[k, : len(tokens[r])] = torch.tensor(tokens[r])
                    mask[k, : len(tokens[r])] = 1
                layers = self._model(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states
                there = mask[..., None].float()
                parts = []
                for layer in (layers[len(layers) // 2], layers[-1]):
                    parts.append((layer * there).sum(1) / there.sum(1))
                    parts.append(layer.masked_fill(there == 0, -1e4).max(1).values)
                found[rows] = torch.cat(parts, 1).float().numpy()
        return found


@dataclass(frozen=True, slots=True)
class TransformerReader:
    """Softmax regression on an encoder's vectors. centre, spread (d); weights (d + 1, classes), the bias last."""

    kind = "transformer"

    encoder: Encoder
    centre: Single
    spread: Single
    weights: Single

    def log_probabilities(self, texts: Sequence[str]) -> Single:
        """Log-probabilities (n, classes) before calibration."""
        return self.of_vectors(self.encoder.vectors(texts, batch=1))

    def of_vectors(self, vectors: Single) -> Single:
        """Log-probabilities of texts whose vectors are known."""
        if not len(vectors):
            return np.empty((0, self.weights.shape[1]), np.float32)
        scaled = (vectors - self.centre) / self.spread
        # Row by row, as a product's last digits may depend on how many rows it has.
        return log_softmax(np.stack([row @ self.weights[:-1] for row in scaled]) + self.weights[-1])

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What it has learned, with the encoder's folder and digest."""
        told = f"{self.encoder.digest()} {self.encoder.folder.resolve()}".encode()
        learned = {"centre": self.centre, "spread": self.spread, "weights": self.weights}
        return learned | {"encoder": np.frombuffer(told, np.uint8)}

    @classmethod
    def of_arrays(cls, arrays: dict[str, Any]) -> TransformerReader:
        """From `arrays()`; CoderError where the encoder's folder is gone or holds another model."""
        digest, _, folder = bytes(arrays["encoder"]).decode().partition(" ")
        encoder = Encoder(Path(folder))
        if encoder.digest() != digest:
            raise CoderError(f"{folder} holds another model than the coder was trained with.", "Train it again.")
        return cls(encoder, arrays["centre"], arrays["spread"], arrays["weights"])


@dataclass(frozen=True, slots=True)
class _Vectors:
    """Texts as vectors (see `second.Study`)."""

    encoder: Encoder
    vectors: Single

    def train(self, rows: Long, target: Long, classes: int, seed: int) -> TransformerReader:
        """Deterministic; `seed` is not needed."""
        seen = self.vectors[rows]
        centre = seen.mean(axis=0)
        spread = (seen.std(axis=0) + np.float32(1e-3)) * np.float32(np.sqrt(seen.shape[1]))
        weights = _regress((seen - centre) / spread, target[rows], classes)
        return TransformerReader(self.encoder, centre, spread, weights)

    def ask(self, reader: TextReader, rows: Long) -> Single:
        assert isinstance(reader, TransformerReader)
        return reader.of_vectors(self.vectors[rows])


def _regress(x: Single, target: Long, classes: int) -> Single:
    """Softmax regression with squared shrinkage; (d + 1, classes), the bias last and free."""
    n, d = x.shape
    x = np.column_stack([x, np.ones(n, np.float32)])
    everyone = np.arange(n)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(d + 1, classes).astype(np.float32)
        scores = x @ weights
        scores -= scores.max(axis=1, keepdims=True)
        total = np.log(np.exp(scores).sum(axis=1, keepdims=True))
        value = float((total[:, 0] - scores[everyone, target]).sum(dtype=np.float64))
        error = np.exp(scores - total)
        error[everyone, target] -= 1.0
        gradient = x.T @ error
        gradient[:-1] += SHRINKAGE * weights[:-1]
        value += 0.5 * SHRINKAGE * float((weights[:-1].astype(np.float64) ** 2).sum())
        return value / n, gradient.ravel().astype(np.float64) / n

    start = np.zeros((d + 1) * classes)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": PASSES}).x
    return np.asarray(found.reshape(d + 1, classes), np.float32)


class TransformerLearner:
    """Learns a `TransformerReader` on the transformer in `folder` (see `second.Learner`)."""

    def __init__(self, folder: Path) -> None:
        self.encoder = Encoder(folder)

    def suits(self, rows: int, classes: int, settled: float) -> bool:
        """Nearly everywhere: the vectors know more than the rows tell."""
        return rows >= LEAST_ROWS and settled < MOST_SETTLED

    def prepare(self, texts: Sequence[str]) -> _Vectors:
        """Every text's vector, once (0.01-0.05 s a text on one core)."""
        return _Vectors(self.encoder, self.encoder.vectors(texts))
