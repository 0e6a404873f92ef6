"""Pictures that seed files name: shown, planned field by field, written out, refused with their place."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from flask import Flask

from shop.kit.db import db
from shop.media.models import Image
from shop.seeding import service
from shop.seeding.errors import SeedRefused
from shop.seeding.exporting import export
from tests.media.pictures import picture
from tests.seeding.conftest import SeedCopy
from tests.seeding.test_export_seed import bytes_in
from tests.shopper import BAG

FILE = "products/le-city.yaml"
PRODUCT = "  - slug: le-city-bag-medium\n"
VARIANT = '      - style_code: "823058 2AA9S 1000"\n'


def puts(seed: SeedCopy, name: str, data: bytes) -> None:
    path = seed.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def names(seed: SeedCopy, *images: str, variant: bool = False) -> None:
    """Name pictures at a product or a variant of the seed; each is an entry as it is written."""
    line, indent = (VARIANT, " " * 8) if variant else (PRODUCT, " " * 4)
    said = "".join(f"{indent}  - {image}\n" for image in images)
    seed.edit(FILE, line, f"{line}{indent}images:{said and chr(10)}{said or ' []' + chr(10)}")


@pytest.fixture
def pictured(seed: SeedCopy) -> SeedCopy:
    """A seed with two pictures of a product and one of a variant."""
    puts(seed, "products/images/red.png", picture("PNG"))
    puts(seed, "images/blue.jpg", picture(colour="blue"))
    names(seed, "{file: images/red.png, alt: A red bag}", "{file: ../images/blue.jpg, alt: A blue bag}")
    names(seed, "{file: ../images/blue.jpg, alt: Blue once more}", variant=True)
    return seed


def shown(app: Flask) -> dict[str, list[str]]:
    client = app.test_client()
    found = {
        "product": client.get("/v1/products/le-city-bag-medium").json["images"],
        "variant": client.get(f"/v1/variants/{BAG}").json["images"],
    }
    for images in found.values():
        for image in images:
            assert client.get(image["renditions"][0]["url"]).status_code == 200
    return {
        name: [each["alt"] for each in images if not each["is_drawing"]] for name, images in found.items()
    }


def test_pictures_are_planned_applied_and_change_nothing_the_second_time(
    app: Flask, pictured: SeedCopy
) -> None:
    with app.app_context():
        planned = service.plan(pictured.folder)
        assert db.session.query(Image).count() == 0
        service.apply(pictured.folder)
        again = service.plan(pictured.folder)

    added = {kind.table.name: len(changes.added) for kind, changes in planned.tables.items() if changes.count}
    assert added == {"product_image": 2, "variant_image": 1}
    assert again.count == 0
    assert shown(app) == {"product": ["A red bag", "A blue bag"], "variant": ["Blue once more"]}


def test_a_changed_word_and_another_order_are_changes_of_their_fields(app: Flask, pictured: SeedCopy) -> None:
    with app.app_context():
        service.apply(pictured.folder)
        pictured.edit(FILE, "alt: Blue once more", "alt: Quite blue")
        planned = service.plan(pictured.folder)
        service.apply(pictured.folder)

    ((kind, changes),) = [(kind, each) for kind, each in planned.tables.items() if each.count]
    assert kind.table.name == "variant_image"
    assert changes.changed[0].fields == {"alt": ("Blue once more", "Quite blue")}
    assert shown(app)["variant"] == ["Quite blue"]


def test_an_empty_list_takes_pictures_away_and_no_list_leaves_them(
    app: Flask, pictured: SeedCopy, tmp_path: Path
) -> None:
    with app.app_context():
        service.apply(pictured.folder)
        shutil.copytree(pictured.folder, tmp_path / "silent")
        silent = SeedCopy(tmp_path / "silent")
        silent.cut(FILE, "    images:\n      - {file: images/red", "    name:")
        assert service.plan(silent.folder, prune=True).count == 0

        silent.edit(FILE, PRODUCT, f"{PRODUCT}    images: []\n")
        service.apply(silent.folder)

    # A product without pictures of its own is shown as its first variant is.
    assert shown(app) == {"product": ["Blue once more"], "variant": ["Blue once more"]}
    listed = app.test_client().get("/v1/products?family=le-city").json["items"]
    assert ["Blue once more"] in [[image["alt"] for image in each["images"]] for each in listed]


def test_an_export_holds_the_pictures_and_builds_the_same_shop(
    app: Flask, empty_app: Flask, pictured: SeedCopy, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    with app.app_context():
        service.apply(pictured.folder)
        export.write(first, "yaml")
        assert service.plan(first, prune=True).count == 0

    with empty_app.app_context():
        service.apply(first)
        export.write(second, "yaml")

    assert bytes_in(first) == bytes_in(second)
    assert len([name for name in bytes_in(first) if name.endswith(".webp")]) == 2
    assert shown(empty_app) == {"product": ["A red bag", "A blue bag"], "variant": ["Blue once more"]}


def test_pictures_come_out_of_a_zip_and_beside_a_single_file(app: Flask, pictured: SeedCopy) -> None:
    packed = pictured.folder.parent / "seed.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in pictured.folder.rglob("*"):
            archive.write(path, path.relative_to(pictured.folder))

    with app.app_context():
        assert service.plan(pictured.folder / FILE).count == 3
        service.apply(packed)
        assert service.plan(pictured.folder / FILE).count == 0

    assert shown(app)["product"] == ["A red bag", "A blue bag"]


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (
            "{file: images/redd.png, alt: x}",
            ".file: no such file; did you mean `red.png`? (got 'images/redd.png')",
        ),
        (
            "{file: ../../secret.png, alt: x}",
            ".file: leads out of the seed's folder (got '../../secret.png')",
        ),
        ("{file: /etc/passwd, alt: x}", ".file: leads out of the seed's folder (got '/etc/passwd')"),
        ("{file: images/link.png, alt: x}", ".file: leads out of the seed's folder (got 'images/link.png')"),
        ("{file: images, alt: x}", ".file: not an ordinary file (got 'images')"),
        ("{file: le-city.yaml, alt: x}", ".file: a JPEG, PNG or WebP picture is needed (got 'le-city.yaml')"),
        (
            "{file: images/half.png, alt: x}",
            ".file: the PNG picture does not end in this file (got 'images/half.png')",
        ),
        ("{file: images/red.png}", ".alt: is missing"),
        ('{file: images/red.png, alt: ""}', ".alt: Length must be between 1 and 300. (got '')"),
        ("{alt: x}", ".file: is missing"),
        ("{file: images/red.png, alt: x, width: 3}", ".width: unknown key"),
    ],
)
def test_what_is_wrong_with_a_picture_is_told_with_its_place(
    seed: SeedCopy, entry: str, problem: str
) -> None:
    whole = picture("PNG")
    puts(seed, "products/images/red.png", whole)
    puts(seed, "products/images/half.png", whole[:-20])
    outside = seed.folder.parent / "outside.png"
    outside.write_bytes(whole)
    (seed.folder / "products/images/link.png").symlink_to(outside)
    names(seed, entry)

    fault = seed.fault()

    assert fault.startswith(f"{FILE}:{seed.line_of(FILE, entry)}:")
    assert f"products[0].images[0]{problem}" in fault


def test_what_cannot_be_decoded_is_told_with_its_place_and_nothing_is_written(
    app: Flask, seed: SeedCopy
) -> None:
    # Sound at both ends, and noise between them.
    data = bytearray(picture("JPEG"))
    middle = data.index(b"\xff\xc4")
    data[middle + 4 : middle + 20] = b"\xee" * 16
    puts(seed, "products/images/noise.jpg", bytes(data))
    names(seed, "{file: images/noise.jpg, alt: x}")

    with app.app_context(), pytest.raises(SeedRefused) as refused:
        service.apply(seed.folder)

    (fault,) = refused.value.faults
    assert str(fault).startswith(f"{FILE}:{seed.line_of(FILE, 'noise.jpg')}:")
    assert "the JPEG picture cannot be read" in fault.problem
    with app.app_context():
        assert db.session.query(Image).count() == 0


def test_one_picture_is_shown_once_in_a_list(app: Flask, seed: SeedCopy) -> None:
    puts(seed, "images/red.png", picture("PNG"))
    puts(seed, "images/same.webp", picture("WEBP", lossless=True))
    names(seed, "{file: ../images/red.png, alt: x}", "{file: ../images/same.webp, alt: y}")

    with app.app_context(), pytest.raises(SeedRefused, match="is shown here twice"):
        service.apply(seed.folder)
