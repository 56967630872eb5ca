"""The parts of the HTML report. Nothing in it runs, and nothing in it is fetched from anywhere."""
