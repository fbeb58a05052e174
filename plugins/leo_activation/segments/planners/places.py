"""Countries by ISO 3166 alpha-2 code, with their English names, adjectives and peoples."""

_COUNTRIES = """
AT Austria|Austrian|Austrians
AU Australia|Australian|Australians
BE Belgium|Belgian|Belgians
BG Bulgaria|Bulgarian|Bulgarians
BR Brazil|Brazilian|Brazilians
CA Canada|Canadian|Canadians
CH Switzerland|Swiss
CN China|Chinese
CZ Czechia,the Czech Republic,Czech Republic|Czech|Czechs
DE Germany|German|Germans
DK Denmark|Danish|Danes
EE Estonia|Estonian|Estonians
ES Spain|Spanish|Spaniards
FI Finland|Finnish|Finns
FR France|French|Frenchmen
GB the United Kingdom,United Kingdom,Great Britain,Britain,the UK,UK|British|Britons
GR Greece|Greek|Greeks
HR Croatia|Croatian|Croatians
HU Hungary|Hungarian|Hungarians
ID Indonesia|Indonesian|Indonesians
IE Ireland|Irish
IN India|Indian|Indians
IT Italy|Italian|Italians
JP Japan|Japanese
KH Cambodia|Cambodian|Cambodians
KR South Korea,Korea|Korean|Koreans
LA Laos|Laotian|Laotians
LT Lithuania|Lithuanian|Lithuanians
LU Luxembourg|Luxembourgish
LV Latvia|Latvian|Latvians
MX Mexico|Mexican|Mexicans
MY Malaysia|Malaysian|Malaysians
NL the Netherlands,Netherlands,Holland|Dutch
NO Norway|Norwegian|Norwegians
NZ New Zealand|New Zealand|New Zealanders
PH the Philippines,Philippines|Filipino,Philippine|Filipinos
PL Poland|Polish|Poles
PT Portugal|Portuguese
RO Romania|Romanian|Romanians
RS Serbia|Serbian|Serbs
SE Sweden|Swedish|Swedes
SG Singapore|Singaporean|Singaporeans
SI Slovenia|Slovenian|Slovenians
SK Slovakia|Slovak|Slovaks
TH Thailand|Thai|Thais
TR Turkey|Turkish|Turks
TW Taiwan|Taiwanese
UA Ukraine|Ukrainian|Ukrainians
US the United States of America,the United States,United States,the USA,USA,the US,America|American|Americans
VN Vietnam,Viet Nam|Vietnamese
"""


def _read(column: int) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _COUNTRIES.strip().splitlines():
        code, _, names = line.partition(" ")
        columns = names.split("|")
        if column < len(columns):
            found.update({name.lower(): code for name in columns[column].split(",")})
    return found


COUNTRY_NAMES = _read(0)
ADJECTIVES = _read(1)
PEOPLES = _read(2)
NAME_OF = {
    line.split(" ", 1)[0]: line.split(" ", 1)[1].split("|")[0].split(",")[0] for line in _COUNTRIES.strip().splitlines()
}
"""The name that a sentence uses, by code."""
