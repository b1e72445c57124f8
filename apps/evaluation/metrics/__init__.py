"""One metric a file. A ranking is film ids, best first; wanted are the films held out of it."""
