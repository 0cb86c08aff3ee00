"""The wheel that a `make.py` reads: the one that is named, or the package's newest, which pip fetches."""
import pathlib, subprocess, sys, tempfile


def wheel(package):
    if len(sys.argv) > 1:
        return pathlib.Path(sys.argv[1])
    folder = tempfile.mkdtemp()
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", folder, package], check=True)
    return next(pathlib.Path(folder).glob(f"{package.replace('-', '_')}-*.whl"))
