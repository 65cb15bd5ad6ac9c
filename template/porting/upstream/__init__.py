"""Upstream's own common tests, for a workspace that has no Transformers clone.

`sdist`      fetches and caches the `tests/` of the installed release
`package`    joins them, the workspace's tests and the stand-ins into one `tests` package
`stand_ins/` the few modules that a release leaves out, at the same paths
"""
