"""Says how much of the branches alone was reached, which `coverage report` only counts together with lines.

Reads what `coverage json` writes from standard input, and fails below the percentage that is its argument.
"""

import json
import sys

totals = json.load(sys.stdin)["totals"]
least, reached = float(sys.argv[1]), 100 * totals["covered_branches"] / totals["num_branches"]
sys.stdout.write(f"branches alone: {totals['covered_branches']} of {totals['num_branches']}, {reached:.2f} %\n")
if reached < least:
    sys.exit(f"expected at least {least:g} % of the branches, got {reached:.2f} %: see BrPart and Missing above")
