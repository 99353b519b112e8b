"""Where the published prevalences of the core table were counted; a place of a site's own is said as it is written."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "prevalence_of.Africa (teaching slides)": N_("Africa (teaching slides)"),
    "prevalence_of.Arabian Peninsula": N_("Arabian Peninsula"),
    "prevalence_of.Benin": N_("Benin"),
    "prevalence_of.Black Caribbean": N_("Black Caribbean"),
    "prevalence_of.China (Guangxi)": N_("China (Guangxi)"),
    "prevalence_of.China (Shenzhen apheresis donors)": N_("China (Shenzhen apheresis donors)"),
    "prevalence_of.Europe (French donors)": N_("Europe (French donors)"),
    "prevalence_of.Germany (donors of Arab or African origin)": N_("Germany (donors of Arab or African origin)"),
    "prevalence_of.Taiwan": N_("Taiwan"),
    "prevalence_of.Taiwan (apheresis donors)": N_("Taiwan (apheresis donors)"),
    "prevalence_of.Thailand": N_("Thailand"),
    "prevalence_of.United Kingdom": N_("United Kingdom"),
    "prevalence_of.sub-Saharan Africa": N_("sub-Saharan Africa"),
    "prevalence_of.sub-Saharan Africa (patients in France)": N_("sub-Saharan Africa (patients in France)"),
}
