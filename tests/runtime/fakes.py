"""Small BLAS libraries, compiled for a test: one that is right, and some that are not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

needs_compiler = pytest.mark.skipif(
    shutil.which("gcc") is None or not sys.platform.startswith("linux"),
    reason="compiles a small library, which takes gcc on Linux",
)

# C = A B for row-major matrices; SPOIL changes one element where the product is large enough.
SOURCE = """
void cblas_sgemm(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a,
                 int lda, const float *b, int ldb, float beta, float *c, int ldc) {
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) {
      float sum = 0;
      for (int l = 0; l < k; l++)
        sum += a[i * lda + l] * (tb == 112 ? b[j * ldb + l] : b[l * ldb + j]);
      c[i * ldc + j] = alpha * sum;
    }
  SPOIL
}
const char *openblas_get_config(void) { return "OpenBLAS 9.9.9 TEST MAX_THREADS=3"; }
const char *openblas_get_corename(void) { return "Testwell"; }
int openblas_get_num_threads(void) { return 3; }
"""
OFF_BY_ONE = "if (m > 66) c[5 * ldc + 7] += 1;"
OFF_BY_LITTLE = "c[0] += 1e-2f;"
NOT_A_NUMBER = "c[m * n - 1] = 0.0f / 0.0f;"
ROWS_SWAPPED = "if (m > 1) { float t = c[0]; c[0] = c[ldc]; c[ldc] = t; }"


def library(folder: Path, name: str, spoil: str = "", source: str = SOURCE) -> Path:
    """The path of a library compiled from that source."""
    folder.mkdir(parents=True, exist_ok=True)
    code = folder / f"{name}.c"
    code.write_text(source.replace("SPOIL", spoil))
    path = folder / f"lib{name}.so"
    subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-o", str(path), str(code)], check=True)
    return path
