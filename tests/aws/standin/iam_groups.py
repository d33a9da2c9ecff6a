"""Groups are read, to find out what a user may; a world describes them."""

from . import iam_grants

ACTIONS = iam_grants.reading("Group")
