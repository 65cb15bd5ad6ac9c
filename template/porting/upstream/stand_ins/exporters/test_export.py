"""Stands in for upstream's export tests, which need a clone of Transformers."""


class ExportTesterMixin:
    """`ModelTesterMixin` inherits from this; without a clone it adds no test."""
