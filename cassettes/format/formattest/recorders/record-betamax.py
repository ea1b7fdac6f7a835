"""record-betamax.py BASE FOLDER NAME [MODE]: Betamax's cassette."""
import sys

import betamax
import requests

from calls import calls

base, folder, name = sys.argv[1:4]
session = requests.Session()
recorder = betamax.Betamax(session, cassette_library_dir=folder)
options = {"preserve_exact_body_bytes": True} if "exact" in sys.argv else {}
with recorder.use_cassette(name, record="all", **options):
    calls(base, session)
