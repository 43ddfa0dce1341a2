"""Programs to read first: each a page long, with its figures and its numbers."""

EXAMPLES = {
    "digits_map": "the digits on two numbers each: plain, denoising, variational",
    "fashion_dense": "Fashion-MNIST through a dense code of 64",
    "fashion_denoising": "Fashion-MNIST cleaned of noise by strided convolutions",
    "mnist_dense": "MNIST through a dense code of 32",
    "mnist_deep": "MNIST through 784-128-64-32-64-128-784",
    "mnist_convolutional": "MNIST through convolutions and max-pooling",
    "mnist_denoising": "MNIST cleaned of strong noise by convolutions",
    "ecg_anomalies": "odd heart beats by a tutorial's detector, and by a chosen one",
    "series_anomalies": "an odd beat in a patient's pressure, found by windows of the series",
    "sparse_features": "a code wider than the digits, kept sparse",
    "guided_code": "a code that keeps a target which a plain one loses",
    "methylation_age": "what a code keeps of age, in the DNA methylation of 472 brains",
}
"""Every example by its file's name, and what it shows."""

DATA_SETS = {
    "digits_map": "digits",
    "fashion_dense": "fashion-mnist",
    "fashion_denoising": "fashion-mnist",
    "mnist_dense": "mnist",
    "mnist_deep": "mnist",
    "mnist_convolutional": "mnist",
    "mnist_denoising": "mnist",
    "ecg_anomalies": "ecg5000",
    "series_anomalies": "ucr-135",
    "sparse_features": "digits",
    "methylation_age": "gse74193",
}
"""What each loads, as ``diabolo datasets list`` calls it; the others make their rows."""


RUN_BY_THE_SITE = ("digits_map", "sparse_features", "guided_code")
"""Those that `make docs` runs: each in half a minute, on rows that come along or are made. The others it
shows with the pictures of docs/images/examples, which ``--record`` keeps."""


def run_file(path: str) -> None:
    """Run the example that a file is, as ``python -m examples NAME`` does; where it fails, leave."""
    import sys
    from pathlib import Path

    from examples.__main__ import main

    if status := main([Path(path).stem, *sys.argv[1:]]):
        raise SystemExit(status)
