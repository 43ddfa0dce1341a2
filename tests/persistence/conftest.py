"""A forger's tool, for the tests of what a reader must refuse."""

import json

import pytest
import safetensors.numpy

from diabolo.persistence import model_file


@pytest.fixture
def forge():
    """Write a model file anew with a changed record and a checksum that fits it, as an attacker would."""

    def forge(path, change):
        tensors, text, _ = model_file._read(path)
        record = json.loads(text)
        change(record, tensors)
        text = json.dumps(record)
        digest = model_file._digest(text, tensors)
        path.write_bytes(safetensors.numpy.save(tensors, {"diabolo": text, "sha256": digest}))

    return forge
