"""A quick trial of a tokenizer: one that loses text would spoil every row that is trained."""

from __future__ import annotations

from pathlib import Path

from engram.core.errors import EngramError
from engram.core.extras import run_extra

SAMPLE = "def f(x):\n\treturn 'naïve café' # 12,345 日本語 🙂\r\n"


def try_tokenizer(folder: Path) -> None:
    """Raise ``EngramError`` unless text survives a trip through the folder's ``tokenizer.json``.

    A tokenizer in another format is left to the backend, which knows more of them.
    """
    path = folder / "tokenizer.json"
    if not path.is_file():
        return
    with run_extra():
        from tokenizers import Tokenizer
    try:
        tokenizer = Tokenizer.from_file(str(path))
        back = tokenizer.decode(tokenizer.encode(SAMPLE, add_special_tokens=False).ids)
    except Exception as error:  # the library raises plain Exception
        raise EngramError(f"The tokenizer in {folder} cannot be read: {error}") from error
    # Some families put a space in front of every text; that one is no loss.
    if back.removeprefix(" ") != SAMPLE:
        raise EngramError(
            f"The tokenizer in {folder} does not give text back as it was: {SAMPLE!r} became "
            f"{back!r}.",
            help="Choose another model; patterns could not be learned exactly with this one.",
        )
