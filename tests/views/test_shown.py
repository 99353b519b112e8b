"""What templates write of a typed value."""

from views.shown import breakable


def test_a_long_list_is_shown_by_its_first_alleles_and_how_many(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert breakable("A*02:01/A*02:05") == "A*02:01/<wbr>A*02:05"
        assert breakable("/".join(f"A*02:{n}" for n in range(10, 30))) == "A*02:10/<wbr>A*02:11/<wbr>A*02:12/<wbr>… (20)"
        assert breakable("<b>") == "&lt;b&gt;"
