-- Purpose: what the dashboard Customer 360 shows: who the customers are, how they can be reached, what they like, do and
-- spend, how their number grows, and who is one person. Aggregates only. A day is the tenant's own, money is in major units
-- beside its currency, and a count of customers that does not add up says so.
-- What is bought is net of returns, refunds and cancellations (0011). core.order_item asks for the rights of whoever
-- reads, so what stands on it comes from functions with the rights of leo_report_owner, which give aggregates only.
-- What reads all events or orders begins with the tenant, and where it can with its days: a filter on the tenant's name or
-- on a day of the tenant's says nothing to core.event (docs/decisions/report-views.md). A purchase is net of what came back
-- later, and how far somebody has come is of all their time: these are worked out for one tenant at a time.

SET LOCAL ROLE leo_report_owner;

DROP VIEW report.customer, report.customer_growth, report.activity, report.interest;

-- The short English name of a country by its ISO 3166-1 code (CLDR 48); a code that is none stays as it is.
CREATE FUNCTION report.country_name(code text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN coalesce(
    '{"AD": "Andorra", "AE": "United Arab Emirates", "AF": "Afghanistan", "AG": "Antigua & Barbuda",
    "AI": "Anguilla", "AL": "Albania", "AM": "Armenia", "AO": "Angola", "AQ": "Antarctica", "AR": "Argentina",
    "AS": "American Samoa", "AT": "Austria", "AU": "Australia", "AW": "Aruba", "AX": "Åland Islands",
    "AZ": "Azerbaijan", "BA": "Bosnia & Herzegovina", "BB": "Barbados", "BD": "Bangladesh", "BE": "Belgium",
    "BF": "Burkina Faso", "BG": "Bulgaria", "BH": "Bahrain", "BI": "Burundi", "BJ": "Benin",
    "BL": "St. Barthélemy", "BM": "Bermuda", "BN": "Brunei", "BO": "Bolivia", "BQ": "Caribbean Netherlands",
    "BR": "Brazil", "BS": "Bahamas", "BT": "Bhutan", "BV": "Bouvet Island", "BW": "Botswana", "BY": "Belarus",
    "BZ": "Belize", "CA": "Canada", "CC": "Cocos (Keeling) Islands", "CD": "Congo (Kinshasa)",
    "CF": "Central African Republic", "CG": "Congo (Brazzaville)", "CH": "Switzerland", "CI": "Côte d’Ivoire",
    "CK": "Cook Islands", "CL": "Chile", "CM": "Cameroon", "CN": "China", "CO": "Colombia", "CR": "Costa Rica",
    "CU": "Cuba", "CV": "Cape Verde", "CW": "Curaçao", "CX": "Christmas Island", "CY": "Cyprus",
    "CZ": "Czechia", "DE": "Germany", "DJ": "Djibouti", "DK": "Denmark", "DM": "Dominica",
    "DO": "Dominican Republic", "DZ": "Algeria", "EC": "Ecuador", "EE": "Estonia", "EG": "Egypt",
    "EH": "Western Sahara", "ER": "Eritrea", "ES": "Spain", "ET": "Ethiopia", "FI": "Finland", "FJ": "Fiji",
    "FK": "Falkland Islands", "FM": "Micronesia", "FO": "Faroe Islands", "FR": "France", "GA": "Gabon",
    "GB": "United Kingdom", "GD": "Grenada", "GE": "Georgia", "GF": "French Guiana", "GG": "Guernsey",
    "GH": "Ghana", "GI": "Gibraltar", "GL": "Greenland", "GM": "Gambia", "GN": "Guinea", "GP": "Guadeloupe",
    "GQ": "Equatorial Guinea", "GR": "Greece", "GS": "South Georgia & South Sandwich Islands",
    "GT": "Guatemala", "GU": "Guam", "GW": "Guinea-Bissau", "GY": "Guyana", "HK": "Hong Kong",
    "HM": "Heard & McDonald Islands", "HN": "Honduras", "HR": "Croatia", "HT": "Haiti", "HU": "Hungary",
    "ID": "Indonesia", "IE": "Ireland", "IL": "Israel", "IM": "Isle of Man", "IN": "India",
    "IO": "British Indian Ocean Territory", "IQ": "Iraq", "IR": "Iran", "IS": "Iceland", "IT": "Italy",
    "JE": "Jersey", "JM": "Jamaica", "JO": "Jordan", "JP": "Japan", "KE": "Kenya", "KG": "Kyrgyzstan",
    "KH": "Cambodia", "KI": "Kiribati", "KM": "Comoros", "KN": "St. Kitts & Nevis", "KP": "North Korea",
    "KR": "South Korea", "KW": "Kuwait", "KY": "Cayman Islands", "KZ": "Kazakhstan", "LA": "Laos",
    "LB": "Lebanon", "LC": "St. Lucia", "LI": "Liechtenstein", "LK": "Sri Lanka", "LR": "Liberia",
    "LS": "Lesotho", "LT": "Lithuania", "LU": "Luxembourg", "LV": "Latvia", "LY": "Libya", "MA": "Morocco",
    "MC": "Monaco", "MD": "Moldova", "ME": "Montenegro", "MF": "St. Martin", "MG": "Madagascar",
    "MH": "Marshall Islands", "MK": "North Macedonia", "ML": "Mali", "MM": "Myanmar", "MN": "Mongolia",
    "MO": "Macao", "MP": "Northern Mariana Islands", "MQ": "Martinique", "MR": "Mauritania",
    "MS": "Montserrat", "MT": "Malta", "MU": "Mauritius", "MV": "Maldives", "MW": "Malawi", "MX": "Mexico",
    "MY": "Malaysia", "MZ": "Mozambique", "NA": "Namibia", "NC": "New Caledonia", "NE": "Niger",
    "NF": "Norfolk Island", "NG": "Nigeria", "NI": "Nicaragua", "NL": "Netherlands", "NO": "Norway",
    "NP": "Nepal", "NR": "Nauru", "NU": "Niue", "NZ": "New Zealand", "OM": "Oman", "PA": "Panama",
    "PE": "Peru", "PF": "French Polynesia", "PG": "Papua New Guinea", "PH": "Philippines", "PK": "Pakistan",
    "PL": "Poland", "PM": "St. Pierre & Miquelon", "PN": "Pitcairn Islands", "PR": "Puerto Rico",
    "PS": "Palestine", "PT": "Portugal", "PW": "Palau", "PY": "Paraguay", "QA": "Qatar", "RE": "Réunion",
    "RO": "Romania", "RS": "Serbia", "RU": "Russia", "RW": "Rwanda", "SA": "Saudi Arabia",
    "SB": "Solomon Islands", "SC": "Seychelles", "SD": "Sudan", "SE": "Sweden", "SG": "Singapore",
    "SH": "St. Helena", "SI": "Slovenia", "SJ": "Svalbard & Jan Mayen", "SK": "Slovakia", "SL": "Sierra Leone",
    "SM": "San Marino", "SN": "Senegal", "SO": "Somalia", "SR": "Suriname", "SS": "South Sudan",
    "ST": "São Tomé & Príncipe", "SV": "El Salvador", "SX": "Sint Maarten", "SY": "Syria", "SZ": "Eswatini",
    "TC": "Turks & Caicos Islands", "TD": "Chad", "TF": "French Southern Territories", "TG": "Togo",
    "TH": "Thailand", "TJ": "Tajikistan", "TK": "Tokelau", "TL": "Timor-Leste", "TM": "Turkmenistan",
    "TN": "Tunisia", "TO": "Tonga", "TR": "Türkiye", "TT": "Trinidad & Tobago", "TV": "Tuvalu", "TW": "Taiwan",
    "TZ": "Tanzania", "UA": "Ukraine", "UG": "Uganda", "UM": "U.S. Outlying Islands", "US": "United States",
    "UY": "Uruguay", "UZ": "Uzbekistan", "VA": "Vatican City", "VC": "St. Vincent & Grenadines",
    "VE": "Venezuela", "VG": "British Virgin Islands", "VI": "U.S. Virgin Islands", "VN": "Vietnam",
    "VU": "Vanuatu", "WF": "Wallis & Futuna", "WS": "Samoa", "YE": "Yemen", "YT": "Mayotte",
    "ZA": "South Africa", "ZM": "Zambia", "ZW": "Zimbabwe"}'::jsonb ->> code, code);

-- The English name of a language by its ISO 639-1 code or a tag that begins with one (CLDR 48).
CREATE FUNCTION report.language_name(code text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN coalesce(
    '{"aa": "Afar", "ab": "Abkhazian", "ae": "Avestan", "af": "Afrikaans", "ak": "Akan", "am": "Amharic",
    "an": "Aragonese", "ar": "Arabic", "as": "Assamese", "av": "Avaric", "ay": "Aymara", "az": "Azerbaijani",
    "ba": "Bashkir", "be": "Belarusian", "bg": "Bulgarian", "bi": "Bislama", "bm": "Bambara", "bn": "Bangla",
    "bo": "Tibetan", "br": "Breton", "bs": "Bosnian", "ca": "Catalan", "ce": "Chechen", "ch": "Chamorro",
    "co": "Corsican", "cr": "Cree", "cs": "Czech", "cu": "Church Slavic", "cv": "Chuvash", "cy": "Welsh",
    "da": "Danish", "de": "German", "dv": "Divehi", "dz": "Dzongkha", "ee": "Ewe", "el": "Greek",
    "en": "English", "eo": "Esperanto", "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian",
    "ff": "Fula", "fi": "Finnish", "fj": "Fijian", "fo": "Faroese", "fr": "French", "fy": "Western Frisian",
    "ga": "Irish", "gd": "Scottish Gaelic", "gl": "Galician", "gn": "Guarani", "gu": "Gujarati", "gv": "Manx",
    "ha": "Hausa", "he": "Hebrew", "hi": "Hindi", "ho": "Hiri Motu", "hr": "Croatian", "ht": "Haitian Creole",
    "hu": "Hungarian", "hy": "Armenian", "hz": "Herero", "ia": "Interlingua", "id": "Indonesian",
    "ie": "Interlingue", "ig": "Igbo", "ii": "Sichuan Yi", "ik": "Inupiaq", "io": "Ido", "is": "Icelandic",
    "it": "Italian", "iu": "Inuktitut", "ja": "Japanese", "jv": "Javanese", "ka": "Georgian", "kg": "Kongo",
    "ki": "Kikuyu", "kj": "Kuanyama", "kk": "Kazakh", "kl": "Kalaallisut", "km": "Khmer", "kn": "Kannada",
    "ko": "Korean", "kr": "Kanuri", "ks": "Kashmiri", "ku": "Kurdish", "kv": "Komi", "kw": "Cornish",
    "ky": "Kyrgyz", "la": "Latin", "lb": "Luxembourgish", "lg": "Ganda", "li": "Limburgish", "ln": "Lingala",
    "lo": "Lao", "lt": "Lithuanian", "lu": "Luba-Katanga", "lv": "Latvian", "mg": "Malagasy",
    "mh": "Marshallese", "mi": "Māori", "mk": "Macedonian", "ml": "Malayalam", "mn": "Mongolian",
    "mr": "Marathi", "ms": "Malay", "mt": "Maltese", "my": "Burmese", "na": "Nauru", "nb": "Norwegian Bokmål",
    "nd": "North Ndebele", "ne": "Nepali", "ng": "Ndonga", "nl": "Dutch", "nn": "Norwegian Nynorsk",
    "no": "Norwegian", "nr": "South Ndebele", "nv": "Navajo", "ny": "Nyanja", "oc": "Occitan", "oj": "Ojibwa",
    "om": "Oromo", "or": "Odia", "os": "Ossetic", "pa": "Punjabi", "pi": "Pali", "pl": "Polish",
    "ps": "Pashto", "pt": "Portuguese", "qu": "Quechua", "rm": "Romansh", "rn": "Rundi", "ro": "Romanian",
    "ru": "Russian", "rw": "Kinyarwanda", "sa": "Sanskrit", "sc": "Sardinian", "sd": "Sindhi",
    "se": "Northern Sami", "sg": "Sango", "sh": "Serbo-Croatian", "si": "Sinhala", "sk": "Slovak",
    "sl": "Slovenian", "sm": "Samoan", "sn": "Shona", "so": "Somali", "sq": "Albanian", "sr": "Serbian",
    "ss": "Swati", "st": "Southern Sotho", "su": "Sundanese", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil",
    "te": "Telugu", "tg": "Tajik", "th": "Thai", "ti": "Tigrinya", "tk": "Turkmen", "tl": "Tagalog",
    "tn": "Tswana", "to": "Tongan", "tr": "Turkish", "ts": "Tsonga", "tt": "Tatar", "tw": "Twi",
    "ty": "Tahitian", "ug": "Uyghur", "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek", "ve": "Venda",
    "vi": "Vietnamese", "vo": "Volapük", "wa": "Walloon", "wo": "Wolof", "xh": "Xhosa", "yi": "Yiddish",
    "yo": "Yoruba", "za": "Zhuang", "zh": "Chinese", "zu": "Zulu"}'::jsonb ->> lower(split_part(replace(code, '_', '-'), '-', 1)), code);

-- A money label: "VND 1,000,000 – 3,000,000". from_amount is 0, or 1 or 3 times a power of ten; null where what was spent
-- cannot be told in the currency.
CREATE FUNCTION report.band_name(from_amount numeric, currency text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN from_amount IS NULL THEN 'No rate into ' || currency
    WHEN from_amount < 1 THEN currency || ' under 1'
    ELSE currency || ' ' || ltrim(to_char(from_amount, '999,999,999,999,990')) || ' – ' || ltrim(to_char(
        from_amount * CASE WHEN to_char(from_amount, 'FM9999999999999999') LIKE '3%' THEN 10 / 3.0 ELSE 3 END,
        '999,999,999,999,990'))
END;

-- The moment that a tenant's data are of: that of its latest complete sync.
CREATE FUNCTION report.data_as_of(tenant text) RETURNS timestamptz
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN (SELECT max(as_of) FROM ops.sync_run WHERE tenant_id = tenant AND state = 'projected');

-- Grain: tenant, country, city, language, gender, age band, state in the source's funnel: customers now, as the profile
-- that speaks for each says. with_address and reachable are of core.reachability: on any channel, and with consent.
CREATE VIEW report.customer AS
WITH reached AS (
    SELECT tenant_id, customer_id, bool_or(has_address) AS has_address,
           bool_or(has_address AND has_consent) AS is_reachable
    FROM core.reachability
    GROUP BY tenant_id, customer_id
), counted AS (
    SELECT
        p.tenant_id, p.country, p.city, p.language, p.gender, p.funnel_stage,
        CASE
            WHEN age.years IS NULL THEN 'Not stated'
            WHEN age.years < 18 THEN '0–17'
            WHEN age.years < 25 THEN '18–24'
            WHEN age.years < 35 THEN '25–34'
            WHEN age.years < 45 THEN '35–44'
            WHEN age.years < 55 THEN '45–54'
            WHEN age.years < 65 THEN '55–64'
            ELSE '65+'
        END AS age_band,
        count(*) AS customers,
        count(*) FILTER (WHERE reached.has_address) AS with_address,
        count(*) FILTER (WHERE reached.is_reachable) AS reachable
    FROM core.profile AS p
    -- Ages are as of the latest complete sync.
    JOIN (
        SELECT tenant_id, coalesce(max(as_of) FILTER (WHERE state = 'projected'), now()) AS as_of
        FROM ops.tenant LEFT JOIN ops.sync_run USING (tenant_id)
        GROUP BY tenant_id
    ) AS synced USING (tenant_id)
    LEFT JOIN reached USING (tenant_id, customer_id)
    CROSS JOIN LATERAL (
        SELECT coalesce(extract(year FROM age((synced.as_of AT TIME ZONE 'UTC')::date, p.date_of_birth)), p.age) AS years
    ) AS age
    WHERE p.is_primary AND p.deleted_at IS NULL
    GROUP BY p.tenant_id, p.country, p.city, p.language, p.gender, p.funnel_stage, age_band
)
SELECT t.tenant_id, t.name AS tenant, coalesce(report.country_name(c.country::text), 'Not stated') AS country,
       coalesce(c.city, 'Not stated') AS city, coalesce(report.language_name(c.language), 'Not stated') AS language,
       coalesce(report.in_words(c.gender), 'Not stated') AS gender, c.age_band,
       coalesce(report.in_words(replace(c.funnel_stage, '-', '_')), 'Not stated') AS funnel_stage,
       c.customers, c.with_address, c.reachable
FROM counted AS c
JOIN ops.tenant AS t USING (tenant_id);
COMMENT ON VIEW report.customer IS
    'Customers now, by where they live, language, gender, age and the state that the source gives them.';

-- Grain: tenant, channel; every channel is named. One customer is counted on each channel: channels do not add up.
CREATE VIEW report.reach AS
SELECT t.tenant_id, t.name AS tenant, report.channel_name(c.channel) AS channel,
       count(r.customer_id) FILTER (WHERE r.has_address) AS with_address,
       count(r.customer_id) FILTER (WHERE r.has_address AND r.has_consent) AS reachable,
       count(r.customer_id) FILTER (WHERE r.has_address AND NOT r.has_consent) AS without_consent,
       count(r.customer_id) FILTER (WHERE r.has_consent AND NOT r.has_address) AS without_address
FROM ops.tenant AS t
CROSS JOIN unnest(ARRAY['email', 'sms', 'zalo', 'messenger', 'mobile_push', 'web_push']) AS c (channel)
LEFT JOIN core.reachability AS r ON r.tenant_id = t.tenant_id AND r.channel = c.channel
GROUP BY t.tenant_id, t.name, c.channel;
COMMENT ON VIEW report.reach IS
    'Customers by channel: who has an address in use, who may be written to about marketing, and who lacks which.';

-- Grain: tenant, channel, answer; every pair is named. What a customer said about marketing: the latest statement of each
-- of their profiles, the strictest of them; a refusal of any channel is one of this channel.
CREATE VIEW report.consent AS
WITH latest AS (
    SELECT DISTINCT ON (tenant_id, profile_id, channel) tenant_id, profile_id, channel, state
    FROM core.consent
    WHERE purpose = 'marketing'
    ORDER BY tenant_id, profile_id, channel, since DESC, consent_id DESC
), live AS (
    SELECT tenant_id, customer_id FROM core.profile WHERE is_primary AND deleted_at IS NULL
), stated AS (
    SELECT p.tenant_id, p.customer_id, latest.channel, bool_and(latest.state = 'granted') AS agreed,
           bool_or(latest.state = 'denied') AS refused
    FROM latest
    JOIN core.profile AS p USING (tenant_id, profile_id)
    JOIN live ON live.tenant_id = p.tenant_id AND live.customer_id = p.customer_id
    GROUP BY p.tenant_id, p.customer_id, latest.channel
), counted AS (
    SELECT channel.tenant_id, channel.channel,
           count(*) FILTER (WHERE channel.agreed AND NOT coalesce(everywhere.refused, false)) AS agreed,
           count(*) FILTER (WHERE channel.refused OR coalesce(everywhere.refused, false)) AS refused
    FROM (
        SELECT tenant_id, customer_id, channel, agreed, refused FROM stated WHERE channel <> 'any'
        UNION ALL
        -- Who refused every channel and said nothing about this one.
        SELECT a.tenant_id, a.customer_id, c.channel, false, false
        FROM stated AS a
        CROSS JOIN unnest(ARRAY['email', 'sms', 'zalo', 'messenger', 'mobile_push', 'web_push']) AS c (channel)
        WHERE a.channel = 'any' AND a.refused AND NOT EXISTS (
            SELECT FROM stated AS said
            WHERE said.tenant_id = a.tenant_id AND said.customer_id = a.customer_id AND said.channel = c.channel)
    ) AS channel
    LEFT JOIN stated AS everywhere ON everywhere.tenant_id = channel.tenant_id
        AND everywhere.customer_id = channel.customer_id AND everywhere.channel = 'any'
    GROUP BY channel.tenant_id, channel.channel
)
SELECT t.tenant_id, t.name AS tenant, report.channel_name(c.channel) AS channel, said.answer, said.customers
FROM ops.tenant AS t
CROSS JOIN unnest(ARRAY['email', 'sms', 'zalo', 'messenger', 'mobile_push', 'web_push']) AS c (channel)
LEFT JOIN counted ON counted.tenant_id = t.tenant_id AND counted.channel = c.channel
LEFT JOIN (SELECT tenant_id, count(*) AS customers FROM live GROUP BY tenant_id) AS whole ON whole.tenant_id = t.tenant_id
CROSS JOIN LATERAL (VALUES
    ('Agreed', coalesce(counted.agreed, 0)),
    ('Refused', coalesce(counted.refused, 0)),
    ('Not said', coalesce(whole.customers, 0) - coalesce(counted.agreed, 0) - coalesce(counted.refused, 0))
) AS said (answer, customers);
COMMENT ON VIEW report.consent IS 'What customers said about marketing, by channel: agreed, refused or nothing.';

-- Grain: tenant, topic type, topic. A customer likes many topics: they do not add up. primary_customers have it among
-- their two strongest of the type.
CREATE VIEW report.interest AS
SELECT t.tenant_id, t.name AS tenant,
       CASE i.topic_type WHEN 'color' THEN 'Colour' ELSE report.in_words(i.topic_type) END AS topic_type,
       CASE i.topic_type
           WHEN 'product' THEN report.shortened(i.topic)
           WHEN 'brand' THEN i.topic
           ELSE report.in_words(i.topic)
       END AS topic,
       count(*) AS customers, count(*) FILTER (WHERE i.is_primary) AS primary_customers
FROM profile.interest AS i
JOIN ops.tenant AS t USING (tenant_id)
GROUP BY t.tenant_id, t.name, i.topic_type, i.topic;
COMMENT ON VIEW report.interest IS 'Customers by what they are interested in: categories, brands, colours, keywords, products.';

-- Grain: one row a tenant and topic type; every type is named. How many have any interest of the type, of how many.
CREATE VIEW report.interest_coverage AS
SELECT t.tenant_id, t.name AS tenant,
       CASE k.topic_type WHEN 'color' THEN 'Colour' WHEN 'any' THEN 'Any' ELSE report.in_words(k.topic_type) END AS topic_type,
       coalesce(known.customers, 0) AS interested, coalesce(whole.customers, 0) AS customers
FROM ops.tenant AS t
CROSS JOIN unnest(ARRAY['any', 'category', 'brand', 'color', 'keyword', 'tag', 'product']) AS k (topic_type)
LEFT JOIN (
    SELECT tenant_id, coalesce(topic_type, 'any') AS topic_type, count(DISTINCT customer_id) AS customers
    FROM profile.interest
    GROUP BY GROUPING SETS ((tenant_id, topic_type), (tenant_id))
) AS known ON known.tenant_id = t.tenant_id AND known.topic_type = k.topic_type
LEFT JOIN (
    SELECT tenant_id, count(*) AS customers FROM core.profile WHERE is_primary AND deleted_at IS NULL GROUP BY tenant_id
) AS whole ON whole.tenant_id = t.tenant_id;
COMMENT ON VIEW report.interest_coverage IS 'Of how many customers any interest is known, in all and by type.';

-- What was bought and kept, by colour. Grain: colour.
CREATE FUNCTION report.colours_bought_of(of_tenant text) RETURNS TABLE (color text, customers bigint, pieces bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT item.color, count(DISTINCT item.customer_id), sum(item.net_quantity)::bigint
    FROM core.order_item AS item
    WHERE item.tenant_id = of_tenant AND item.net_quantity > 0 AND item.color IS NOT NULL
    GROUP BY item.color;
END;

-- Grain: tenant, colour. A customer likes and buys several: colours do not add up.
CREATE VIEW report.colour AS
SELECT t.tenant_id, t.name AS tenant, report.in_words(c.color) AS colour, c.liked_by, c.bought_by, c.pieces
FROM ops.tenant AS t
CROSS JOIN LATERAL (
    SELECT color, coalesce(liked.customers, 0) AS liked_by, coalesce(bought.customers, 0) AS bought_by,
           coalesce(bought.pieces, 0) AS pieces
    FROM (
        SELECT topic AS color, count(*) AS customers
        FROM profile.interest
        WHERE tenant_id = t.tenant_id AND topic_type = 'color' AND is_primary
        GROUP BY topic
    ) AS liked
    FULL JOIN report.colours_bought_of(t.tenant_id) AS bought USING (color)
) AS c;
COMMENT ON VIEW report.colour IS 'Colours: for how many customers one is preferred, and how many bought and kept something in it.';

-- The first moment of a day where the tenant lives. Where clocks are put back across midnight the day has two midnights,
-- and PostgreSQL takes the second one.
CREATE FUNCTION report.day_begins(day timestamp, time_zone text) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN CASE
    WHEN ((day AT TIME ZONE time_zone) - interval '1 hour') AT TIME ZONE time_zone >= day
        THEN (day AT TIME ZONE time_zone) - interval '1 hour'
    ELSE day AT TIME ZONE time_zone
END;

-- Grain: tenant, day, event type, category, currency. currency is '' where an event states no value; value is what the
-- events state, not net of anything: report.sale is.
CREATE VIEW report.activity AS
SELECT t.tenant_id, t.name AS tenant, calendar.day, report.in_words(e.event_type) AS event_type,
       report.in_words(coalesce(e.category, 'no_product')) AS category, e.currency,
       e.events, round(e.value_minor / power(10::numeric, core.minor_units(nullif(e.currency, ''))), 3) AS value
FROM ops.tenant AS t
CROSS JOIN LATERAL (
    SELECT min(occurred_at) AS first_at, max(occurred_at) AS last_at FROM core.event WHERE tenant_id = t.tenant_id
) AS history
CROSS JOIN LATERAL generate_series(
    report.day_of(history.first_at, t.time_zone), report.day_of(history.last_at, t.time_zone), interval '1 day'
) AS calendar (day)
CROSS JOIN LATERAL (
    SELECT told.event_type, product.category, told.currency, sum(told.events)::bigint AS events,
           sum(told.value_minor) AS value_minor
    FROM (
        SELECT event_type, product_id, CASE WHEN value_minor IS NULL THEN '' ELSE coalesce(currency, '')::text END AS currency,
               count(*) AS events, sum(value_minor) AS value_minor
        FROM core.event
        WHERE tenant_id = t.tenant_id AND occurred_at >= report.day_begins(calendar.day, t.time_zone)
          AND occurred_at < report.day_begins(calendar.day + interval '1 day', t.time_zone)
        GROUP BY 1, 2, 3
    ) AS told
    LEFT JOIN core.product AS product ON product.tenant_id = t.tenant_id AND product.product_id = told.product_id
    GROUP BY told.event_type, product.category, told.currency
) AS e;
COMMENT ON VIEW report.activity IS 'Events by the tenant''s day, type, category of product and currency of their value.';

-- Grain: tenant, month (its first day): customers who did something in it. Somebody active in two months is in both:
-- months do not add up. A message sent to a customer is nothing that they did.
CREATE VIEW report.active_month AS
SELECT active.tenant_id, active.tenant, active.month, count(*) AS customers
FROM (
    SELECT DISTINCT t.tenant_id, t.name AS tenant, calendar.month, who.customer_id
    FROM ops.tenant AS t
    CROSS JOIN LATERAL (
        SELECT min(occurred_at) AS first_at, max(occurred_at) AS last_at FROM core.event WHERE tenant_id = t.tenant_id
    ) AS history
    CROSS JOIN LATERAL generate_series(
        date_trunc('month', report.day_of(history.first_at, t.time_zone)), report.day_of(history.last_at, t.time_zone),
        interval '1 month'
    ) AS calendar (month)
    CROSS JOIN LATERAL (
        SELECT DISTINCT profile_id
        FROM core.event
        WHERE tenant_id = t.tenant_id AND occurred_at >= report.day_begins(calendar.month, t.time_zone)
          AND occurred_at < report.day_begins(calendar.month + interval '1 month', t.time_zone)
          AND event_type NOT LIKE '%\_sent'
    ) AS did
    JOIN core.profile AS who ON who.tenant_id = t.tenant_id AND who.profile_id = did.profile_id
) AS active
GROUP BY active.tenant_id, active.tenant, active.month;
COMMENT ON VIEW report.active_month IS 'Customers who did something in a month of the tenant.';

-- What each customer of a tenant did, by whichever of their records: only for what counts customers from it.
CREATE FUNCTION report.deeds_of(of_tenant text)
    RETURNS TABLE (customer_id text, last_at timestamptz, viewed boolean, carted boolean)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT profile.customer_id, max(did.last_at), bool_or(did.viewed), bool_or(did.carted)
    FROM core.profile AS profile
    LEFT JOIN (
        SELECT event.profile_id, max(event.occurred_at) AS last_at, bool_or(event.event_type = 'view') AS viewed,
               bool_or(event.event_type = 'add_to_cart') AS carted
        FROM core.event AS event
        WHERE event.tenant_id = of_tenant AND event.event_type NOT LIKE '%\_sent'
        GROUP BY event.profile_id
    ) AS did USING (profile_id)
    WHERE profile.tenant_id = of_tenant AND profile.deleted_at IS NULL
    GROUP BY profile.customer_id;
END;

-- Customers by how far they have come. Grain: furthest step. What is bought is what was kept.
CREATE FUNCTION report.customers_by_step_of(of_tenant text) RETURNS TABLE (furthest integer, customers bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT
        CASE
            WHEN total.orders > 1 THEN 6
            WHEN total.orders = 1 THEN 5
            WHEN who.carted THEN 4
            WHEN who.viewed THEN 3
            WHEN who.last_at IS NOT NULL THEN 2
            ELSE 1
        END,
        count(*)
    FROM report.deeds_of(of_tenant) AS who
    LEFT JOIN core.customer_total AS total ON total.tenant_id = of_tenant AND total.customer_id = who.customer_id
    GROUP BY 1;
END;

-- Customers by how long they have done nothing, at the moment of the latest sync. Grain: how long ago.
CREATE FUNCTION report.customers_by_last_act_of(of_tenant text) RETURNS TABLE (last_active text, customers bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT
        CASE
            WHEN who.last_at IS NULL THEN 'Never'
            WHEN who.last_at > synced.as_of - interval '1 month' THEN '0–1 month'
            WHEN who.last_at > synced.as_of - interval '3 months' THEN '1–3 months'
            WHEN who.last_at > synced.as_of - interval '6 months' THEN '3–6 months'
            WHEN who.last_at > synced.as_of - interval '12 months' THEN '6–12 months'
            ELSE 'Longer ago'
        END,
        count(*)
    FROM report.deeds_of(of_tenant) AS who
    CROSS JOIN (SELECT coalesce(report.data_as_of(of_tenant), now()) AS as_of) AS synced
    GROUP BY 1;
END;

-- Grain: tenant, step; every step is named. Cumulative: who bought has also been known, active, and so on, whether or not
-- the source tells of each step, so that the counts can only fall.
CREATE VIEW report.customer_step AS
SELECT t.tenant_id, t.name AS tenant, come.position, come.step, come.customers
FROM ops.tenant AS t
CROSS JOIN LATERAL (
    SELECT s.position, s.step, coalesce(sum(c.customers) FILTER (WHERE c.furthest >= s.position), 0)::bigint AS customers
    FROM (VALUES
        (1, 'Known'), (2, 'Did something'), (3, 'Looked at a product'), (4, 'Put one in the cart'), (5, 'Bought'),
        (6, 'Bought again')) AS s (position, step)
    LEFT JOIN report.customers_by_step_of(t.tenant_id) AS c ON true
    GROUP BY s.position, s.step
) AS come;
COMMENT ON VIEW report.customer_step IS 'Customers by how far they have come, cumulative: from known to bought again.';

-- Grain: tenant, how long ago; every band is named.
CREATE VIEW report.last_active AS
SELECT t.tenant_id, t.name AS tenant, acted.last_active, acted.customers
FROM ops.tenant AS t
CROSS JOIN LATERAL (
    SELECT b.last_active, coalesce(c.customers, 0) AS customers
    FROM unnest(ARRAY['0–1 month', '1–3 months', '3–6 months', '6–12 months', 'Longer ago', 'Never']) AS b (last_active)
    LEFT JOIN report.customers_by_last_act_of(t.tenant_id) AS c USING (last_active)
) AS acted;
COMMENT ON VIEW report.last_active IS 'Customers by how long ago they last did something, at the moment of the latest sync.';

-- Customers who bought and kept something. tenth: 1 are the tenth who spent most. from_amount: where their band of net
-- spend begins, in major units of the tenant's currency. Both are null for who bought only in a currency without a rate.
-- Grain: tenth, band, band of orders.
CREATE FUNCTION report.buyers_of(of_tenant text) RETURNS TABLE (
    tenth integer, from_amount numeric, orders_each text, customers bigint, orders bigint, net_spend numeric,
    orders_without_rate bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH buyer AS (
        SELECT
            total.orders, total.orders_without_rate, rated.is_rated,
            coalesce(total.net_spent_minor, 0) / power(10::numeric, tenant.minor_units) AS net_spend,
            ntile(10) OVER (PARTITION BY rated.is_rated ORDER BY total.net_spent_minor DESC, total.customer_id) AS tenth
        FROM core.customer_total AS total
        JOIN ops.tenant AS tenant USING (tenant_id)
        CROSS JOIN LATERAL (
            SELECT total.net_spent_minor > 0 OR total.orders_without_rate = 0 AS is_rated
        ) AS rated
        WHERE total.tenant_id = of_tenant AND total.orders > 0
    )
    SELECT
        CASE WHEN buyer.is_rated THEN buyer.tenth END, band.from_amount,
        CASE WHEN buyer.orders = 1 THEN '1 order' WHEN buyer.orders < 5 THEN buyer.orders || ' orders'
            ELSE '5 or more' END,
        count(*), sum(buyer.orders)::bigint, sum(buyer.net_spend), sum(buyer.orders_without_rate)::bigint
    FROM buyer
    CROSS JOIN LATERAL (
        SELECT power(10::numeric, floor(log(greatest(buyer.net_spend, 1)))) AS decade
    ) AS scale
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN NOT buyer.is_rated THEN NULL
            WHEN buyer.net_spend < 1 THEN 0
            WHEN buyer.net_spend < 3 * scale.decade THEN scale.decade
            ELSE 3 * scale.decade
        END AS from_amount
    ) AS band
    GROUP BY 1, 2, 3;
END;

-- Grain: tenant, tenth of buyers by spend, band of spend, band of orders.
CREATE VIEW report.buyer AS
SELECT t.tenant_id, t.name AS tenant, t.currency::text AS currency,
       coalesce((b.tenth - 1) * 10 || '–' || b.tenth * 10 || '%', 'No rate') AS tenth, round(b.from_amount) AS from_amount,
       report.band_name(b.from_amount, t.currency) AS band, b.orders_each, b.customers,
       CASE WHEN b.orders_each = '1 order' THEN 0 ELSE b.customers END AS repeat_customers, b.orders,
       round(b.net_spend, t.minor_units) AS net_spend,
       (b.net_spend / nullif(sum(b.net_spend) OVER (PARTITION BY t.tenant_id), 0))::float AS share_of_spend, b.orders_without_rate
FROM ops.tenant AS t
CROSS JOIN LATERAL report.buyers_of(t.tenant_id) AS b;
COMMENT ON VIEW report.buyer IS
    'Customers who bought and kept something, by how much they spent and how often they ordered; money net, in the tenant''s currency.';

-- Orders of which something was kept, by the day on which they were placed. Grain: day, currency of the order.
CREATE FUNCTION report.sales_of(of_tenant text) RETURNS TABLE (
    day timestamp, currency text, orders bigint, pieces bigint, net_minor numeric, home_net_minor numeric,
    orders_without_rate bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT
        date_trunc('day', placed.ordered_at AT TIME ZONE tenant.time_zone), coalesce(placed.currency, tenant.currency)::text,
        count(*), sum(placed.net_quantity)::bigint,
        -- An order in several currencies is told in the tenant's own.
        sum(CASE WHEN placed.currency IS NULL THEN placed.home_net_minor ELSE placed.net_value_minor END),
        sum(placed.home_net_minor), count(*) FILTER (WHERE placed.items_without_rate > 0)
    FROM core.order AS placed
    JOIN ops.tenant AS tenant USING (tenant_id)
    WHERE placed.tenant_id = of_tenant AND placed.net_quantity > 0
    GROUP BY 1, 2;
END;

-- Grain: tenant, day, currency of the order.
CREATE VIEW report.sale AS
SELECT t.tenant_id, t.name AS tenant, t.name || ', ' || t.currency AS tenant_and_currency, s.day, s.currency, s.orders,
       s.pieces, round(coalesce(s.net_minor, 0) / power(10::numeric, core.minor_units(s.currency)), 3) AS net_value,
       round(coalesce(s.home_net_minor, 0) / power(10::numeric, t.minor_units), 3) AS home_net_value, s.orders_without_rate
FROM ops.tenant AS t
CROSS JOIN LATERAL report.sales_of(t.tenant_id) AS s;
COMMENT ON VIEW report.sale IS
    'Orders of which something was kept, by the tenant''s day and the currency of the order; net_value in it, home_net_value in the tenant''s.';

-- Grain: tenant, day: every day from the first customer to the moment of the data. A customer begins when the source made
-- the first of their records (where it does not say: when the warehouse first had it) and leaves when the last of them is
-- deleted. erased: people erased at their own request; nothing is left of them, so they are in no other column.
-- customers_at_end is a state: days do not add up.
CREATE VIEW report.customer_growth AS
WITH life AS (
    SELECT p.tenant_id, p.customer_id, min(coalesce(p.source_created_at, c.created_at)) AS since,
           CASE WHEN bool_and(p.deleted_at IS NOT NULL)
               THEN greatest(max(p.deleted_at), min(coalesce(p.source_created_at, c.created_at))) END AS left_at
    FROM core.profile AS p
    JOIN core.customer AS c USING (tenant_id, customer_id)
    GROUP BY p.tenant_id, p.customer_id
), change AS (
    SELECT tenant_id, since AS at, 1 AS new_customers, 0 AS left_customers, 0 AS erased FROM life
    UNION ALL
    SELECT tenant_id, left_at, 0, 1, 0 FROM life WHERE left_at IS NOT NULL
    UNION ALL
    SELECT tenant_id, finished_at, 0, 0, 1 FROM rights.erasure WHERE finished_at IS NOT NULL
), daily AS (
    SELECT change.tenant_id, report.day_of(change.at, its.time_zone) AS day, sum(new_customers) AS new_customers,
           sum(left_customers) AS left_customers, sum(erased) AS erased
    FROM change
    JOIN ops.tenant AS its USING (tenant_id)
    GROUP BY 1, 2
), calendar AS (
    SELECT of.tenant_id, day
    FROM (
        SELECT daily.tenant_id, min(daily.day) AS first_day,
               greatest(max(daily.day), report.day_of(report.data_as_of(daily.tenant_id), min(its.time_zone))) AS last_day
        FROM daily
        JOIN ops.tenant AS its USING (tenant_id)
        GROUP BY daily.tenant_id
    ) AS of
    CROSS JOIN LATERAL generate_series(of.first_day, of.last_day, interval '1 day') AS day
)
SELECT t.tenant_id, t.name AS tenant, calendar.day, coalesce(daily.new_customers, 0)::bigint AS new_customers,
       coalesce(daily.left_customers, 0)::bigint AS left_customers, coalesce(daily.erased, 0)::bigint AS erased,
       sum(coalesce(daily.new_customers, 0) - coalesce(daily.left_customers, 0))
           OVER (PARTITION BY t.tenant_id ORDER BY calendar.day)::bigint AS customers_at_end
FROM calendar
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN daily USING (tenant_id, day);
COMMENT ON VIEW report.customer_growth IS
    'New customers, customers who left, people erased and customers at the end of each of the tenant''s days.';

-- Grain: tenant: how the records of the source became customers and households.
CREATE VIEW report.identity AS
SELECT t.tenant_id, t.name AS tenant, coalesce(who.records, 0) AS records, coalesce(who.customers, 0) AS customers,
       coalesce(who.records - who.customers, 0) AS merged_records, coalesce(who.of_several, 0) AS customers_of_several,
       coalesce(asked.waiting, 0) AS waiting_questions, coalesce(home.households, 0) AS households,
       coalesce(home.members, 0) AS household_members
FROM ops.tenant AS t
LEFT JOIN (
    SELECT tenant_id, sum(records)::bigint AS records, count(*) AS customers, count(*) FILTER (WHERE records > 1) AS of_several
    FROM (
        SELECT tenant_id, customer_id, count(*) AS records
        FROM core.profile
        WHERE deleted_at IS NULL
        GROUP BY tenant_id, customer_id
    ) AS each
    GROUP BY tenant_id
) AS who USING (tenant_id)
LEFT JOIN (
    SELECT tenant_id, count(*) AS waiting FROM core.identity_case WHERE state = 'waiting' GROUP BY tenant_id
) AS asked USING (tenant_id)
LEFT JOIN (
    SELECT tenant_id, count(DISTINCT household_id) AS households, count(*) AS members
    FROM core.household_member
    GROUP BY tenant_id
) AS home USING (tenant_id);
COMMENT ON VIEW report.identity IS 'Records of the source, the customers and households that they became, and questions that wait.';

-- Grain: tenant, group (records of a customer, people of a household), size; every size is named.
CREATE VIEW report.identity_size AS
SELECT t.tenant_id, t.name AS tenant, s.kind, s.size, count(counted.members) AS groups
FROM ops.tenant AS t
CROSS JOIN (VALUES
    ('Records of a customer', '1', 1, 1), ('Records of a customer', '2', 2, 2), ('Records of a customer', '3', 3, 3),
    ('Records of a customer', '4 or more', 4, NULL), ('People of a household', '2', 2, 2), ('People of a household', '3', 3, 3),
    ('People of a household', '4', 4, 4), ('People of a household', '5 or more', 5, NULL)
) AS s (kind, size, at_least, at_most)
LEFT JOIN (
    SELECT tenant_id, 'Records of a customer' AS kind, count(*) AS members
    FROM core.profile
    WHERE deleted_at IS NULL
    GROUP BY tenant_id, customer_id
    UNION ALL
    SELECT tenant_id, 'People of a household', count(*) FROM core.household_member GROUP BY tenant_id, household_id
) AS counted ON counted.tenant_id = t.tenant_id AND counted.kind = s.kind AND counted.members >= s.at_least
    AND counted.members <= coalesce(s.at_most, counted.members)
GROUP BY t.tenant_id, t.name, s.kind, s.size;
COMMENT ON VIEW report.identity_size IS 'Customers by how many records they are, households by how many people live in them.';

REVOKE ALL ON FUNCTION
    report.colours_bought_of, report.deeds_of, report.customers_by_step_of, report.customers_by_last_act_of, report.buyers_of,
    report.sales_of
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    report.country_name, report.language_name, report.band_name, report.data_as_of, report.day_begins, report.colours_bought_of,
    report.customers_by_step_of, report.customers_by_last_act_of, report.buyers_of, report.sales_of
    TO leo_reporter;

RESET ROLE;
