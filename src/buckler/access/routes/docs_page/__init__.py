"""The documentation page: Swagger UI from our own files, under a policy that runs nothing else."""
