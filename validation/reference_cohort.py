"""Make ``src/anagen/data/reference_cohort.csv``: the reference cohort under the draws that ship.

Run it again whenever a table or the follicle law changes what the cohort does; a test says so. It
takes about a second for each of 3 x 200 parameter sets.
"""

import csv
import io

from anagen.conditions.androgenetic_alopecia import HYPOTHESES
from anagen.files import data_path, write_whole
from anagen.priors import central_parameters, draw_parameters
from anagen.simulate.forecast import DRAWS
from anagen.simulate.reference import reference_row


def main() -> None:
    rows = []
    for hypothesis in HYPOTHESES:
        rows.append(reference_row(central_parameters(), hypothesis))
        rows += [reference_row(draw_parameters(seed), hypothesis) for seed in range(DRAWS)]
        print(f"{hypothesis}: {len(rows)} rows")
    text = io.StringIO()
    table = csv.DictWriter(text, rows[0], lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    write_whole(data_path("reference_cohort.csv"), text.getvalue())


if __name__ == "__main__":
    main()
