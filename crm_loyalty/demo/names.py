# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Tables of the demo story: what Northgate sells, to whom, and how people are called.

Nothing here knows about the ORM; all companies and people are invented.
"""

# Product families: code prefix -> name of the category.
FAMILIES = {
    "SL": "Sealants",
    "CA": "Construction adhesives",
    "IA": "Industrial adhesives",
    "TP": "Tapes",
    "FM": "Foams",
    "TL": "Tools",
    "SP": "Surface preparation",
    "CN": "Consumables",
    "FL": "Flooring and tiling",
    "SV": "Services",
}

# Internal reference | name | price in EUR | cost as share of the price | pack.
# A cost of 0: nobody entered one, so their cost of goods is unknown.
PRODUCTS = [
    line.split("|")
    for line in """\
SL-101|Neutral silicone, clear, 310 ml|4.95|0.55|12
SL-102|Neutral silicone, white, 310 ml|4.95|0.55|12
SL-110|Sanitary silicone, 310 ml|4.40|0.58|12
SL-120|MS polymer sealant, grey, 600 ml|8.20|0.54|20
SL-121|MS polymer sealant, black, 290 ml|6.90|0.52|12
SL-130|Facade sealant, low modulus, 600 ml|7.60|0.56|20
SL-140|Fire-rated acrylic, 310 ml|5.80|0.50|12
SL-150|Glazing silicone, 600 ml|7.95|0.57|20
CA-201|High-tack grab adhesive, 290 ml|7.40|0.51|12
CA-202|Panel adhesive, solvent-free, 310 ml|5.60|0.55|12
CA-210|Wood glue D3, 5 kg|24.50|0.60|4
CA-211|Wood glue D4, 10 kg|58.00|0.62|1
CA-220|PU construction adhesive, 310 ml|6.80|0.55|12
CA-230|Contact adhesive, 5 l|46.00|0.63|2
CA-231|Spray contact adhesive, 17 kg canister|189.00|0.66|1
IA-301|Two-part epoxy, 50 ml|14.90|0.42|10
IA-302|Structural epoxy, 400 ml|38.50|0.45|6
IA-310|MMA structural adhesive, 490 ml|44.00|0.46|6
IA-320|Instant adhesive, 20 g|6.20|0.38|20
IA-321|Instant adhesive, 500 g|92.00|0.44|1
IA-330|Hot-melt pellets, 25 kg|148.00|0.68|1
IA-340|Vehicle glass bonding kit|27.50|0.52|10
IA-350|Threadlocker, medium, 50 ml|11.80|0.40|10
IA-360|Laminating PU adhesive, 30 kg|312.00|0.70|1
TP-401|Double-sided foam tape, 19 mm x 10 m|5.90|0.50|16
TP-402|Acrylic bonding tape, 25 mm x 33 m|64.00|0.53|4
TP-410|Butyl tape, 20 mm x 15 m|15.50|0.57|8
TP-420|Vapour barrier tape, 60 mm x 25 m|22.00|0.55|10
TP-430|Masking tape, 50 mm x 50 m|3.20|0.60|24
TP-440|Duct tape, 50 mm x 50 m|6.40|0.58|24
FM-501|Gun foam, 750 ml|6.90|0.64|12
FM-502|Gun foam, winter grade, 750 ml|7.60|0.63|12
FM-503|Fire-rated foam, 750 ml|13.90|0.55|12
FM-510|Insulation board foam adhesive, 800 ml|8.80|0.60|12
FM-511|Foam cleaner, 500 ml|5.20|0.52|12
TL-601|Caulking gun, professional|12.90|0.58|1
TL-602|Cordless sealant gun, 600 ml|239.00|0.69|1
TL-603|Pneumatic sealant gun, 600 ml|148.00|0.66|1
TL-610|Foam gun, coated|34.00|0.57|1
TL-620|Two-component dispenser, 400 ml|129.00|0.62|1
TL-630|Hot-melt applicator with hose|1150.00|0.72|1
TL-640|Jointing tool set|16.50|0|1
SP-701|Surface cleaner, 5 l|29.00|0.56|4
SP-702|Primer for porous substrates, 1 l|32.00|0.47|6
SP-703|Activator for metal and glass, 500 ml|27.50|0.44|6
SP-704|Adhesive remover, 1 l|14.80|0.53|12
CN-801|Mixing nozzles, bag of 50|31.00|0.49|2
CN-802|Nitrile gloves, box of 100|9.80|0.68|10
CN-803|Cleaning wipes, bucket of 150|17.50|0.59|4
CN-804|Cartridge nozzles, bag of 100|18.00|0.45|1
CN-805|Snap-off blades, pack of 50|8.90|0.50|10
FL-901|Tile adhesive C2TE, 25 kg|16.90|0.71|40
FL-902|Levelling compound, 25 kg|21.50|0.72|40
FL-903|Parquet adhesive, 15 kg|74.00|0.64|6
FL-904|Vinyl flooring adhesive, 20 kg|88.00|0.63|4
FL-905|Universal primer, 10 l|39.00|0.58|4
SV-001|Delivery by pallet|45.00|0.85|1
SV-002|Express delivery|85.00|0.90|1
SV-010|Application training, half a day|490.00|0|1
SV-020|Technical visit on site|260.00|0|1
""".splitlines()
]

# What a trade buys, most important family first, and its industry in Odoo.
TRADES = {
    "windows": ("SL FM TP TL CN", "F"),
    "facade": ("SL TP FM SP TL", "F"),
    "joinery": ("CA TL CN FM SP", "C"),
    "merchant": ("SL CA FM FL TP TL CN", "G"),
    "vehicles": ("IA TP SP CN TL", "C"),
    "flooring": ("FL CA TL SP", "F"),
    "packaging": ("IA TP CN TL", "C"),
    "marine": ("SL IA SP TP CN", "C"),
    "machines": ("IA SP CN TL", "C"),
    "renovation": ("FM SL CA FL TP", "F"),
}

# Per country: phone number (# is a digit), towns (postcode=name), streets, family names, first
# names, and how a firm of a trade is called ({0} is a family name or a town).
COUNTRIES = {
    "NL": {
        "dial": "+31 20 79# ####",
        "towns": "3011=Rotterdam,3511=Utrecht,5611=Eindhoven,9711=Groningen,"
        "7511=Enschede,4811=Breda,6811=Arnhem,8011=Zwolle",
        "streets": "Industrieweg,Havenstraat,Ambachtsweg,Nijverheidslaan,Kadeweg",
        "families": "van Dijk,Bakker,Visser,de Boer,Hendriks,Mulder,Kuipers,Postma,Verhoeven,Schouten,Hoekstra,Dekker",
        "first": "Sanne,Joris,Femke,Maarten,Lotte,Ruben,Anouk,Bas",
        "firms": "windows:{0} Kozijnen BV;renovation:{0} Renovatie BV;"
        "flooring:Vloerenhuis {0};merchant:Bouwmaterialen {0} BV;"
        "marine:Scheepswerf {0} BV;vehicles:Carrosseriebouw {0} BV;"
        "joinery:Timmerfabriek {0};packaging:{0} Verpakkingen BV",
    },
    "DE": {
        "dial": "+49 30 5550####",
        "towns": "20457=Hamburg,50667=Köln,70173=Stuttgart,04109=Leipzig,"
        "44135=Dortmund,90402=Nürnberg,28195=Bremen,33602=Bielefeld",
        "streets": "Industriestraße,Werkstraße,Am Gewerbepark,Hafenstraße",
        "families": "Krüger,Schuster,Hoffmann,Lindner,Vogel,Albrecht,Petersen,Winkler,"
        "Seidel,Brandl,Kessler,Ostermann,Riedel,Thiele",
        "first": "Katrin,Stefan,Miriam,Jens,Ulrike,Torsten,Nadine,Holger",
        "firms": "windows:Fensterbau {0} GmbH;facade:{0} Fassadentechnik GmbH;"
        "joinery:Schreinerei {0};merchant:{0} Baustoffe KG;"
        "vehicles:Fahrzeugbau {0} GmbH;flooring:Bodenwerk {0} GmbH;"
        "machines:{0} Maschinenbau GmbH;packaging:{0} Verpackungen GmbH;"
        "renovation:Ausbau {0} GmbH",
    },
    "BE": {
        "dial": "+32 3 808 0# ##",
        "towns": "2000=Antwerpen,9000=Gent,8000=Brugge,3000=Leuven,4000=Liège",
        "streets": "Noorderlaan,Kanaalweg,Rue de l'Industrie,Steenweg",
        "families": "Peeters,Janssens,Claes,Wouters,Lambert,Dubois,Goossens,Mertens",
        "first": "Elke,Pieter,Charlotte,Wim,Amélie,Koen",
        "firms": "windows:Ramen {0} BV;merchant:{0} Bouwcenter NV;"
        "facade:{0} Gevelwerken BV;flooring:Parket {0} BV;joinery:Menuiserie {0} SRL;"
        "renovation:{0} Rénovation SRL",
    },
    "FR": {
        "dial": "+33 1 55 55 0# ##",
        "towns": "69007=Lyon,59000=Lille,44000=Nantes,33000=Bordeaux,67000=Strasbourg,31000=Toulouse",
        "streets": "Rue de l'Atelier,Avenue de l'Industrie,Quai des Entrepôts,Rue du Commerce",
        "families": "Moreau,Girard,Roussel,Fournier,Chevalier,Marchand,Perrin,Gauthier,Lefèvre,Barbier",
        "first": "Camille,Julien,Hélène,Antoine,Sophie,Mathieu",
        "firms": "windows:Fenêtres {0} SAS;joinery:Menuiserie {0} SARL;"
        "merchant:{0} Matériaux SAS;marine:Chantier naval {0} SAS;"
        "flooring:Sols {0} SARL;facade:{0} Façades SAS;vehicles:Carrosserie {0} SAS",
    },
    "AT": {
        "dial": "+43 1 5550###",
        "towns": "1230=Wien,4020=Linz,8010=Graz,5020=Salzburg",
        "streets": "Industriezeile,Gewerbestraße,Lagerhausgasse",
        "families": "Gruber,Steiner,Moser,Pichler,Leitner,Hofer",
        "first": "Eva,Lukas,Birgit,Florian",
        "firms": "windows:Fenster {0} GmbH;joinery:Tischlerei {0};flooring:{0} Böden GmbH;machines:{0} Technik GmbH",
    },
    "PL": {
        "dial": "+48 22 555 0# ##",
        "towns": "50-001=Wrocław,61-001=Poznań,80-001=Gdańsk,40-001=Katowice",
        "streets": "ul. Fabryczna,ul. Składowa,ul. Portowa",
        "families": "Kowalczyk,Zieliński,Mazur,Wójcik,Pawlak,Kaczmarek,Nowicki",
        "first": "Agnieszka,Tomasz,Magdalena,Piotr",
        "firms": "windows:{0} Okna Sp. z o.o.;joinery:Meble {0} Sp. z o.o.;"
        "merchant:Hurtownia {0};marine:Stocznia {0} Sp. z o.o.;"
        "packaging:{0} Opakowania Sp. z o.o.",
    },
    "CZ": {
        "dial": "+420 222 555 0##",
        "towns": "602 00=Brno,301 00=Plzeň,702 00=Ostrava",
        "streets": "Průmyslová,Tovární,Skladová",
        "families": "Novotný,Dvořák,Procházka,Kučera,Horák,Beneš",
        "first": "Lenka,Petr,Jana,Ondřej",
        "firms": "windows:{0} Okna s.r.o.;machines:Strojírny {0} s.r.o.;"
        "joinery:Truhlářství {0};vehicles:Karosárna {0} s.r.o.",
    },
    "DK": {
        "dial": "+45 33 55 0# ##",
        "towns": "8000=Aarhus,5000=Odense,9000=Aalborg",
        "streets": "Industrivej,Havnegade,Værkstedsvej",
        "families": "Nørgaard,Kjær,Holm,Lauridsen,Bach",
        "first": "Mette,Anders,Signe,Rasmus",
        "firms": "marine:{0} Bådværft ApS;windows:{0} Vinduer A/S;flooring:{0} Gulve ApS;joinery:Snedkeriet {0} ApS",
    },
    "IT": {
        "dial": "+39 02 555 0###",
        "towns": "20141=Milano,10135=Torino,40128=Bologna,16149=Genova",
        "streets": "Via dell'Artigianato,Via del Lavoro,Via Industriale",
        "families": "Ferrari,Colombo,Marchetti,Galli,Rinaldi,Bassi",
        "first": "Chiara,Marco,Elena,Paolo",
        "firms": "joinery:Falegnameria {0} Srl;marine:Cantieri {0} Srl;"
        "packaging:Imballaggi {0} Srl;machines:Officine {0} SpA",
    },
    "ES": {
        "dial": "+34 93 555 0# ##",
        "towns": "08019=Barcelona,46024=Valencia,48003=Bilbao",
        "streets": "Polígono Norte,Calle de la Industria,Avenida del Puerto",
        "families": "Navarro,Serrano,Molina,Iglesias,Castillo",
        "first": "Lucía,Javier,Marta,Sergio",
        "firms": "facade:Fachadas {0} SL;flooring:Suelos {0} SL;"
        "merchant:Suministros {0} SL;vehicles:Carrocerías {0} SL",
    },
    "TR": {
        "dial": "+90 212 555 0# ##",
        "towns": "34940=İstanbul,35410=İzmir,16140=Bursa",
        "streets": "Sanayi Caddesi,Liman Yolu",
        "families": "Yıldız,Demir,Aksoy,Kaplan",
        "first": "Elif,Murat,Zeynep,Emre",
        "firms": "marine:{0} Tersanesi A.Ş.;vehicles:{0} Otomotiv Ltd. Şti.;packaging:{0} Ambalaj A.Ş.",
    },
    "GB": {
        "dial": "+44 20 7946 0###",
        "towns": "LS10 1AB=Leeds,M17 1DB=Manchester,B6 7SS=Birmingham,BS2 0XJ=Bristol,"
        "SO14 3GG=Southampton,S9 2RX=Sheffield,NE6 3PL=Newcastle upon Tyne",
        "streets": "Foundry Lane,Canal Road,Trading Estate Way,Dock Street,Mill Lane",
        "families": "Ashworth,Barlow,Cartwright,Fielding,Hargreaves,Kendrick,Lockwood,"
        "Pemberton,Rowntree,Sutcliffe,Tattersall,Whitfield,Bramley,Outhwaite",
        "first": "Rachel,Simon,Gemma,Oliver,Helen,Craig,Priya,Daniel",
        "firms": "windows:{0} Windows Ltd;joinery:{0} Joinery Ltd;"
        "merchant:{0} Building Supplies Ltd;vehicles:{0} Coachworks Ltd;"
        "marine:{0} Boatyard Ltd;flooring:{0} Flooring Ltd;facade:{0} Cladding Ltd;"
        "machines:{0} Engineering Ltd;renovation:{0} & Sons Contractors;"
        "packaging:{0} Packaging Ltd",
    },
    "IE": {
        "dial": "+353 1 555 0###",
        "towns": "T12 X2Y1=Cork,H91 E2K3=Galway,D11 F5R8=Dublin",
        "streets": "Harbour Road,Parkmore Estate,Quay Street",
        "families": "Byrne,Gallagher,Kavanagh,Nolan,Tierney",
        "first": "Aoife,Conor,Niamh,Declan",
        "firms": "windows:{0} Glazing Ltd;merchant:{0} Hardware Ltd;joinery:{0} Kitchens Ltd;marine:{0} Marine Ltd",
    },
}

# How many single customers of a selling company live where.
HOMES = {
    "EU": {
        "DE": 42,
        "NL": 34,
        "FR": 19,
        "BE": 15,
        "PL": 11,
        "AT": 9,
        "CZ": 8,
        "IT": 8,
        "DK": 6,
        "ES": 6,
        "TR": 4,
    },
    "UK": {"GB": 52, "IE": 10},
}

# Chains: selling company, name of the head office, trade, then its legal entities
# as "country:name" with the number of shops they deliver to.
CHAINS = [
    (
        "EU",
        "NL:Bouwpunt Zuiderzee Groep NV",
        "merchant",
        {
            "NL:Bouwpunt Rotterdam BV": 3,
            "NL:Bouwpunt Utrecht BV": 2,
            "NL:Bouwpunt Brabant BV": 2,
            "BE:Bouwpunt Vlaanderen BV": 2,
        },
    ),
    (
        "EU",
        "DE:Holzhof Brandt Gruppe GmbH",
        "merchant",
        {
            "DE:Holzhof Brandt Nord GmbH": 3,
            "DE:Holzhof Brandt West GmbH": 2,
            "DE:Holzhof Brandt Süd GmbH": 2,
            "AT:Holzhof Brandt Österreich GmbH": 1,
        },
    ),
    (
        "EU",
        "FR:Groupe Lemaire Matériaux SA",
        "merchant",
        {
            "FR:Lemaire Nord SAS": 2,
            "FR:Lemaire Atlantique SAS": 2,
            "FR:Lemaire Rhône SAS": 1,
        },
    ),
    (
        "EU",
        "DE:Adlerfenster Holding AG",
        "windows",
        {
            "DE:Adlerfenster Werk Leipzig GmbH": 0,
            "AT:Adlerfenster Linz GmbH": 0,
            "CZ:Adlerfenster Plzeň s.r.o.": 0,
        },
    ),
    (
        "EU",
        "DK:Kattegat Yards A/S",
        "marine",
        {
            "DK:Kattegat Yards Aarhus ApS": 0,
            "DK:Kattegat Yards Aalborg ApS": 0,
            "PL:Kattegat Yards Gdynia Sp. z o.o.": 0,
        },
    ),
    (
        "UK",
        "GB:Hartwell Merchants Group plc",
        "merchant",
        {
            "GB:Hartwell Merchants North Ltd": 3,
            "GB:Hartwell Merchants Midlands Ltd": 3,
            "GB:Hartwell Merchants South Ltd": 2,
            "IE:Hartwell Merchants Ireland Ltd": 1,
        },
    ),
    (
        "UK",
        "GB:Thornbury Glazing Group Ltd",
        "windows",
        {
            "GB:Thornbury Glazing Bristol Ltd": 0,
            "GB:Thornbury Glazing Leeds Ltd": 0,
            "GB:Thornbury Curtain Walling Ltd": 0,
        },
    ),
]

# People at important customers, most important role first.
JOB_TITLES = (
    "Head of Purchasing",
    "Production Manager",
    "Managing Director",
    "Technical Buyer",
    "Quality Manager",
    "Finance Manager",
    "Site Manager",
)

LOST_REASONS = ("Price too high", "Chose a competitor", "Project cancelled")

DEALS = (
    "Framework agreement",
    "Bonding line for new product",
    "Switch to MS polymer",
    "Sealants for a new site",
    "Tape instead of rivets",
    "Annual supply of foams",
    "Trial of structural adhesive",
    "Flooring programme for shops",
    "Dispensing equipment",
    "Own-label cartridges",
    "Consignment stock",
)
