"""The models of the installed Transformers that a checkpoint is most like, from names and shapes alone.

sizes.py · options.py            a small configuration whose sizes are all distinct; options that change the weights
survey.py · building.py          every model type on the meta device, in a few processes
entries.py · index.py            what is kept of them; in the user's cache
names.py · lists.py · fused.py   what names and shapes say: modules, lists of layers, fused projections
describe.py                      what a checkpoint or a model consists of
automatic.py                     layers of models that number modules as they are made
match.py · fitting.py             how well two of them fit
rank.py                          all model types in order
facts.py · explain.py            what a layer holds in words; differences, parts, what weights cannot tell
config.py · traced.py            the configuration that shapes give; what the classes in a trace say
command.py · show.py             `make nearest`
"""

from porting.nearest.index import load_index
from porting.nearest.rank import rank


__all__ = ["load_index", "rank"]
