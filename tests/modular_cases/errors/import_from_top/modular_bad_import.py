# Imported from the top of the package.
from transformers import LlamaModel


class BadImportModel(LlamaModel):
    pass
