"""record-vcrpy.py BASE FILE: vcrpy's cassette, JSON if FILE ends so."""
import sys

import vcr

from calls import calls

base, path = sys.argv[1:]
json = path.endswith(".json")
# The JSON serializer refuses bytes that are no text.
with vcr.use_cassette(path, serializer="json" if json else "yaml", decode_compressed_response=json):
    calls(base, binary=not json)
