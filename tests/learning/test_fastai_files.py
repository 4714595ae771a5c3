"""The photographs of a folder are those that fastai finds there."""

from pathlib import Path

from fastai.vision.all import get_image_files

from petwidgets.data.listing import list_folder

FOUND = ("a/pug_1.jpg", "pug_2.PNG", "a/b/pug_3.webp", "x.y.jpeg")
NOT_FOUND = (".x.jpg", "._y.jpg", ".git/z.jpg", "a/.b/z.jpg", "t.txt")


def test_what_is_found_is_what_fastai_finds(tmp_path: Path) -> None:
    for folder in ("photos", "elsewhere"):
        for name in (*FOUND, *NOT_FOUND):
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    photos = tmp_path / "photos"
    (photos / "linked").symlink_to(tmp_path / "elsewhere")
    found = list_folder(photos)
    assert set(found.photos) == set(get_image_files(photos))
    assert len(found.photos) == 2 * len(FOUND)
