"""What a language model thinks of the evidence, as named numbers beside the evidence's own.

| name | meaning |
|---|---|
| `model_asked` | 1 when the model gave its whole opinion; all five are 0 when it did not |
| `model_sufficient` | 1 when it finds the passages sufficient and quotes what says so |
| `model_agreement` | how far its drafts say the same: words, numbers, names and cited passages |
| `model_verified` | share of the sentences it wrote that stand in the passages they cite |
| `model_refused` | share of its drafts that give no answer |

They are features of the one logistic model of confidence (`domain.weights`), optional ones: a
question for which no model was asked has none of them.
"""

from __future__ import annotations

from typing import Final

MODEL: Final = "language model"
"""Under what name the record of a decision, and fitted weights, name the model."""

ASKED: Final = "model_asked"
SUFFICIENT: Final = "model_sufficient"
AGREEMENT: Final = "model_agreement"
VERIFIED: Final = "model_verified"
REFUSED: Final = "model_refused"

NAMES: Final = (ASKED, SUFFICIENT, AGREEMENT, VERIFIED, REFUSED)
FAVOURABLE: Final = (SUFFICIENT, AGREEMENT, VERIFIED)
"""What must not lower confidence when it rises; a rising `REFUSED` must not raise it."""

SCALE: Final = 0.5
"""Each lies between 0 and 1, so its deviation is at most this; 0 stays 0 when standardised."""
