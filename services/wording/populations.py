"""The populations of published shares."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "population.sub_saharan_patients_france": N_("patients of sub-Saharan African origin, France"),
    "population.african_low": N_("African origin, lower figure"),
    "population.african_high": N_("African origin, upper figure"),
    "population.arab_african_germany": N_("donors of Arab or African origin, Germany"),
    "population.shenzhen": N_("platelet donors, Shenzhen"),
    "population.korea": N_("Korea"),
    "population.united_kingdom": N_("United Kingdom"),
    "population.cameroon": N_("Cameroon"),
    "population.benin": N_("Benin"),
    "population.african_middle": N_("African origin, between the two figures"),
    "population.black_caribbean": N_("Black Caribbean people"),
    "population.french_donors": N_("donors, France"),
    "population.arabian_peninsula": N_("Arabian Peninsula"),
    "population.guangxi": N_("Guangxi"),
    "population.taiwan": N_("Taiwan"),
    "population.thailand": N_("Thailand"),
    "population.sub_saharan_low": N_("sub-Saharan Africa, lower figure"),
}
