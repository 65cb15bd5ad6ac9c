# Names in all kinds of strings, ours and in code taken over.
from ..gpt2.modeling_gpt2 import GPT2LMHeadModel, GPT2Model
from ..gptj.modeling_gptj import GPTJForCausalLM


GPT2_WORDS = ("gpt2", "GPT2", "GPT-2", "gpt-2", 'single gpt2', b"gpt2", r"gpt2\d", """gpt2""")


class DotterelModel(GPT2Model):
    def words(self, name: str = "gpt2") -> str:
        """GPT2 stays here, since it is ours."""
        # so does gpt2 in a remark
        plain = "gpt2" "GPT2" f"{name}gpt2"
        return f"gpt2 {name!r} {plain:>10} {GPT2_WORDS[0]} {'gpt2'}"


class DotterelLMHeadModel(GPT2LMHeadModel):
    pass


class DotterelForCausalLM(GPTJForCausalLM):
    pass
