"""What the workflow asks before, between and after its jobs; knows no Snakemake."""
