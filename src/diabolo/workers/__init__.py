"""Workers: processes of this machine, of a Dask cluster or of Ray, that do many tasks, and their parts."""

from diabolo.workers.opening import ENGINES, open_workers
from diabolo.workers.pool import Workers

__all__ = ["ENGINES", "Workers", "open_workers"]
