"""ENG4: what a text must not carry, whatever it says."""

from __future__ import annotations

from engram.core.rule import Rule

DIRECTION = Rule(
    "ENG401",
    "error",
    "bidirectional-control",
    "A text holds a character that reorders what a reader sees.",
    "Remove it: what is read is not what is trained.",
    waivable=True,
)
HIDDEN = Rule(
    "ENG402",
    "error",
    "hidden-text",
    "A text holds characters that can carry another text, which nobody sees.",
    "Remove them: a model reads them.",
    waivable=True,
)
CONTROL = Rule(
    "ENG403",
    "warning",
    "control-character",
    "A text holds a control character.",
    "Remove it; where code is meant, write it as code does: '\\x1b' in single quotes.",
)
INVISIBLE = Rule(
    "ENG404",
    "warning",
    "invisible-character",
    "A text holds a character without a width, where no script needs one.",
    "Remove it, unless it is meant.",
)
MEANINGLESS = Rule(
    "ENG405",
    "warning",
    "meaningless-character",
    "A text holds a character for private use, or one that Unicode does not assign.",
    "Write one that means the same to everyone.",
)
LOOKALIKE = Rule(
    "ENG406",
    "warning",
    "look-alike-letter",
    "A Latin word holds a letter of another script that only looks Latin.",
    "Type the word anew.",
)
CHAT_TOKEN = Rule(
    "ENG411",
    "error",
    "chat-token",
    "A text holds what chat templates write to begin or end a turn.",
    "Remove it: a tokenizer takes it for the control token itself.",
    waivable=True,
)
SPECIAL_WORD = Rule(
    "ENG412",
    "warning",
    "special-word",
    "A text holds what is a special token to many models, and may be meant as text.",
    "Word it differently, if it is one to your model.",
)
MODEL_CONTROL = Rule(
    "ENG413",
    "error",
    "model-control-token",
    "A text holds a control token of the model that was named.",
    "Remove it: training would refuse the row.",
    waivable=True,
    on_request=True,
)
MODEL_TOKEN = Rule(
    "ENG414",
    "warning",
    "model-added-token",
    "A text holds what the tokenizer of the model that was named was given as one token.",
    "Word it differently, unless the token is meant.",
    on_request=True,
)
OVERLONG = Rule(
    "ENG415",
    "error",
    "overlong-row",
    "A prompt and its answer have more tokens than the model that was named reads.",
    "Shorten the pattern, or choose a model with a longer context.",
    waivable=True,
    on_request=True,
)
UNTEACHABLE = Rule(
    "ENG416",
    "error",
    "unteachable-row",
    "The model that was named cannot give an answer back as it is written.",
    "Change the output, or choose another model.",
    waivable=True,
    on_request=True,
)
SECRET = Rule(
    "ENG421",
    "error",
    "secret",
    "A text holds what looks like a key, a token or a password.",
    "Revoke it if it is real, and write a placeholder such as `sk-...`.",
    waivable=True,
)
MAIL = Rule(
    "ENG422",
    "warning",
    "e-mail-address",
    "A text holds an e-mail address that may be somebody's.",
    "Write an address at example.com.",
)
PHONE = Rule(
    "ENG423",
    "warning",
    "phone-number",
    "A text holds a telephone number that may be somebody's.",
    "Write a number that is reserved for examples, such as 202-555-0123.",
)
