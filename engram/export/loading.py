"""How an export is loaded, in the few lines that its users write. The tests run them."""

from __future__ import annotations

from engram.export.gguf.writing import file_name
from engram.export.origin import base_name
from engram.export.source import Source

_ASK = """\
chat = [{"role": "user", "content": "Q: What is the capital of France?\\nA:"}]
"""
_TRANSFORMERS = """\
asked = tokenizer.apply_chat_template(
    chat, add_generation_prompt=True, return_tensors="pt", return_dict=True
)
said = model.generate(**asked, max_new_tokens=50)[0, asked["input_ids"].shape[1]:]
print(tokenizer.decode(said, skip_special_tokens=True))
"""
_HF = """\
from transformers import AutoModelForCausalLM, AutoTokenizer

DIR = "."  # this folder
tokenizer = AutoTokenizer.from_pretrained(DIR)
model = AutoModelForCausalLM.from_pretrained(DIR)
"""
_PEFT = """\
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

DIR = "."  # this folder
BASE = "{base}"
tokenizer = AutoTokenizer.from_pretrained(DIR)
model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(BASE), DIR)
model.generation_config = GenerationConfig.from_pretrained(DIR)
"""
_MLX = """\
mlx_lm.generate --model . --max-tokens 50 --prompt "Q: What is the capital of France?
A:"
mlx_lm.server --model .
"""
_MLX_ADAPTER = _MLX.replace("--model .", "--model {base} --adapter-path .")
_GGUF = """\
from llama_cpp import Llama

model = Llama("{file}", n_ctx=2048, verbose=False)
"""
_LLAMA_CPP = """\
said = model.create_chat_completion(chat, max_tokens=50, temperature=0, repeat_penalty=1)
print(said["choices"][0]["message"]["content"])
"""
_OLLAMA = """\
ollama create {name} -f Modelfile
ollama run {name} "Q: What is the capital of France?
A:"
"""
_CACHED = "`BASE` is the folder that `engram models path {name}` prints.\n\n"
_OWN = "`BASE` is the folder of `{name}`; its digest is below.\n\n"


def loading(source: Source) -> str:
    """The lines, for the kind of this export."""
    to, model = source.wish.to, source.experiment.model
    name, revision = base_name(model)
    base = name if revision else "BASE"
    where = "" if revision else (_CACHED if model.spec else _OWN).format(name=name)
    if to == "hf":
        return _python(_HF + _ASK + _TRANSFORMERS)
    if to == "peft":
        return where + _python(_PEFT.format(base=base) + _ASK + _TRANSFORMERS)
    if to == "gguf":
        return _python(_GGUF.format(file=file_name(source)) + _ASK + _LLAMA_CPP)
    if to == "ollama":
        return _shell(_OLLAMA.format(name=f"{name.rpartition('/')[2].lower()}-patterns"))
    if source.wish.adapter:
        return where + _shell(_MLX_ADAPTER.format(base=base))
    return _shell(_MLX)


def _python(text: str) -> str:
    return f"```python\n{text}```"


def _shell(text: str) -> str:
    return f"```console\n{text}```"
