"""Inputs of models that read series of numbers: forecasts and decisions."""

from porting.tiny.input_context import BATCH, LENGTH, Context


def _series(context: Context):
    """(batch, steps) or (batch, steps, channels)"""
    steps = context.find(("context_length",), default=32)
    lags = context.find(("lags_sequence",), kind=(list, tuple), default=[0])
    count, size = context.find(("num_input_channels",)), context.find(("input_size",), default=1)
    shape = (steps + max(lags), count or size) if count or size > 1 else (steps + max(lags),)
    return context.floats(BATCH, *shape)


def past_values(context: Context):
    return context.once("series", _series)


def series_mask(context: Context):
    import torch

    return torch.ones_like(past_values(context))


def padding(context: Context):
    import torch

    return torch.zeros_like(past_values(context)).long()


def _time_features(context: Context, steps: int):
    count = context.find(("num_time_features",), default=0) + context.find(("num_dynamic_real_features",), default=0)
    return context.floats(BATCH, steps, max(count, 0))


def past_time_features(context: Context):
    return _time_features(context, past_values(context).shape[1])


def future_time_features(context: Context):
    return _time_features(context, context.find(("prediction_length",), default=8))


def future_values(context: Context):
    return context.floats(BATCH, context.find(("prediction_length",), default=8))


def freq(context: Context):
    return context.integers(0, 2, BATCH, 1)


def _steps(context: Context, *names: str):
    return context.floats(BATCH, context.find(("chunk_size",), default=LENGTH), context.find(names, default=1))


def timesteps(context: Context):
    import torch

    return torch.arange(LENGTH).repeat(BATCH, 1)


def state(context: Context):
    width = context.find(("max_state_dim", "state_dim"))
    return context.floats(BATCH, width) if width else None


def states(context: Context):
    return _steps(context, "state_dim")


def actions(context: Context):
    return _steps(context, "act_dim", "max_action_dim")


def returns_to_go(context: Context):
    return context.floats(BATCH, LENGTH, 1)
