"""Stands in for the one value that `ConfigTester` takes from upstream's configuration tests."""

# Arguments that every configuration accepts, each with a value that differs from its default.
config_common_kwargs = {
    "architectures": ["SomeModel"],
    "chunk_size_feed_forward": 3,
    "dtype": "float16",
    "id2label": {0: "only"},
    "label2id": {"only": 0},
    "output_attentions": True,
    "output_hidden_states": True,
    "problem_type": "regression",
    "return_dict": False,
}
