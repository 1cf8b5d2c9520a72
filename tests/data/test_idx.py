import gzip
import struct
import tracemalloc

import numpy as np
import pytest

from cnnbook.data.idx import read_idx

SHAPE = (3, 4, 5)
VALUES = np.arange(60, dtype=np.uint8).reshape(SHAPE)


def idx_bytes(values, code=8):
    header = struct.pack(">BBBB", 0, 0, code, values.ndim)
    return header + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_reads_what_was_written(tmp_path, pack):
    path = tmp_path / "values"
    path.write_bytes(pack(idx_bytes(VALUES)))
    read = read_idx(path, SHAPE)
    np.testing.assert_array_equal(read, VALUES)
    assert read.dtype == np.uint8
    read[0] = 1  # the caller's own, writable


GOOD = idx_bytes(VALUES)
HOSTILE = {
    "empty": (b"", "begins with nothing, expected 00 00 08 03"),
    "text": (b"<html>moved</html>", "begins with 3c 68 74 6d, expected 00 00 08 03"),
    "floats": (idx_bytes(VALUES, code=13), "begins with 00 00 0d 03"),
    "labels": (idx_bytes(VALUES[0, 0]), "images and labels swapped"),
    "header only in part": (GOOD[:9], r"announces the sizes 3, expected 3×4×5"),
    "other sizes": (idx_bytes(VALUES[:2]), "announces the sizes 2×4×5, expected 3×4×5"),
    "absurd sizes": (GOOD[:4] + b"\xff" * 12 + GOOD[16:], "sizes 4,294,967,295×"),
    "truncated": (GOOD[:-1], "only 59 bytes follow the header, which announces 60"),
    "too long": (GOOD + b"\0", "more bytes follow the header, which announces 60"),
}


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize(("content", "message"), HOSTILE.values(), ids=HOSTILE)
def test_refuses(tmp_path, content, message, pack):
    path = tmp_path / "values"
    path.write_bytes(pack(content))
    with pytest.raises(ValueError, match=f"values: .*{message}"):
        read_idx(path, SHAPE)


@pytest.mark.parametrize("keep", [3, 12, 25, -8, -1])
def test_refuses_truncated_gzip(tmp_path, keep):
    path = tmp_path / "values.gz"
    path.write_bytes(gzip.compress(GOOD)[:keep])
    with pytest.raises(ValueError, match=r"values.gz: the gzip data end early or are damaged"):
        read_idx(path, SHAPE)


def test_refuses_a_damaged_gzip_checksum(tmp_path):
    path = tmp_path / "values.gz"
    content = bytearray(gzip.compress(GOOD))
    content[-6] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"damaged \(CRC check failed"):
        read_idx(path, SHAPE)


def test_a_gzip_bomb_is_not_unpacked(tmp_path):
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb") as file:  # 200 MB of zeros in 200 kB
        file.write(GOOD)
        for _ in range(200):
            file.write(bytes(1_000_000))
    tracemalloc.start()
    with pytest.raises(ValueError, match="more bytes follow"):
        read_idx(path, SHAPE)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_idx(tmp_path / "nowhere", SHAPE)
