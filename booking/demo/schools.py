"""Forty invented schools in real towns, with coordinates (metres, British National Grid), and their venues."""

from dataclasses import dataclass

from accounts.models import Phase

LEICESTERSHIRE, LEICESTER, RUTLAND, NORTH_NORTHANTS, WEST_NORTHANTS = "855", "856", "857", "940", "941"
AUTHORITIES = {
    LEICESTERSHIRE: "Leicestershire",
    LEICESTER: "Leicester",
    RUTLAND: "Rutland",
    NORTH_NORTHANTS: "North Northamptonshire",
    WEST_NORTHANTS: "West Northamptonshire",
}


@dataclass(frozen=True)
class Invented:
    key: str
    name: str
    la_code: str
    town: str
    postcode: str
    easting: int
    northing: int
    phase: str
    pupils: int
    kind: str = "Academy converter"

    @property
    def domain(self) -> str:
        return f"{self.key}.example"


P, S, N, A, X, Z = Phase.PRIMARY, Phase.SECONDARY, Phase.NURSERY, Phase.ALL_THROUGH, Phase.POST_16, Phase.NOT_APPLICABLE
COMMUNITY, SPECIAL = "Community school", "Community special school"

SCHOOLS = [
    Invented("oakfield", "Oakfield Rise Primary", LEICESTERSHIRE, "Oadby", "LE2 5ZX", 462600, 300900, P, 418),
    Invented("riverside", "Riverside Meadow Primary", NORTH_NORTHANTS, "Thrapston", "NN14 4ZX", 499700, 278800, P, 305),
    Invented("harebell", "Harebell Primary", LEICESTERSHIRE, "Wigston", "LE18 2ZX", 460300, 299100, P, 240, COMMUNITY),
    Invented("kestrel", "Kestrel Hill Primary", LEICESTER, "Leicester", "LE5 4ZX", 461900, 305800, P, 611, COMMUNITY),
    Invented("foxglove", "Foxglove Lane Primary", LEICESTER, "Leicester", "LE3 6ZX", 455700, 304600, P, 458),
    Invented("juniper", "Juniper Street Primary", LEICESTER, "Leicester", "LE4 6ZX", 459900, 307000, P, 402, COMMUNITY),
    Invented("teasel", "Teasel Bank Primary", LEICESTERSHIRE, "Loughborough", "LE11 3ZX", 452800, 319200, P, 330),
    Invented("windmill", "Windmill Field Primary", LEICESTERSHIRE, "Hinckley", "LE10 1ZX", 442900, 294500, P, 389),
    Invented(
        "larkspur", "Larkspur Primary", LEICESTERSHIRE, "Coalville", "LE67 3ZX", 442700, 314200, P, 275, COMMUNITY
    ),
    Invented("quarry", "Quarry Bank Village Primary", LEICESTERSHIRE, "Shepshed", "LE12 9ZX", 447900, 319400, P, 60),
    Invented("sorrel", "Sorrel Way Primary", LEICESTERSHIRE, "Market Harborough", "LE16 7ZX", 473400, 287700, P, 352),
    Invented("tansy", "Tansy Close Primary", LEICESTERSHIRE, "Lutterworth", "LE17 4ZX", 454400, 284600, P, 298),
    Invented("curlew", "Curlew Green Primary", LEICESTERSHIRE, "Melton Mowbray", "LE13 1ZX", 475300, 319000, P, 310),
    Invented("pippin", "Pippin Orchard Primary", LEICESTERSHIRE, "Syston", "LE7 2ZX", 462700, 311700, P, 420),
    Invented("millrace", "Millrace Primary", LEICESTERSHIRE, "Blaby", "LE8 4ZX", 457100, 297800, P, 222, COMMUNITY),
    Invented(
        "ashlar", "Ashlar Village Primary", LEICESTERSHIRE, "Ashby-de-la-Zouch", "LE65 1ZX", 435800, 316800, P, 205
    ),
    Invented("limestone", "Limestone Edge Primary", RUTLAND, "Oakham", "LE15 6ZX", 486100, 308800, P, 212),
    Invented("ironstone", "Ironstone Village Primary", RUTLAND, "Uppingham", "LE15 9ZX", 486700, 299700, P, 131),
    Invented("welland", "Welland Bridge Primary", RUTLAND, "Ketton", "PE9 3ZX", 498200, 304500, P, 98, COMMUNITY),
    Invented("steelyard", "Steelyard Primary", NORTH_NORTHANTS, "Corby", "NN17 1ZX", 488400, 288900, P, 405),
    Invented("bluebell", "Bluebell Copse Primary", NORTH_NORTHANTS, "Corby", "NN18 8ZX", 487600, 286900, P, 366),
    Invented("tannery", "Tannery Row Primary", NORTH_NORTHANTS, "Kettering", "NN15 7ZX", 486600, 277900, P, 410),
    Invented("swingboat", "Swingboat Primary", NORTH_NORTHANTS, "Kettering", "NN16 8ZX", 487300, 279700, P, 288),
    Invented("lasts", "Last and Awl Primary", NORTH_NORTHANTS, "Rushden", "NN10 0ZX", 495700, 266600, P, 401),
    Invented(
        "vineyard", "Vineyard Slope Primary", NORTH_NORTHANTS, "Wellingborough", "NN8 1ZX", 488900, 267800, P, 350
    ),
    Invented("rothwell", "Charter House Primary", NORTH_NORTHANTS, "Rothwell", "NN14 6ZX", 481300, 281200, P, 315),
    Invented("beacon", "Beacon Ridge College", LEICESTERSHIRE, "Oadby", "LE2 4ZX", 462200, 299900, S, 1410),
    Invented("charnwood", "Granite Tor Academy", LEICESTERSHIRE, "Loughborough", "LE11 4ZX", 451500, 318300, S, 1120),
    Invented("soar", "Soar Valley Bend Academy", LEICESTER, "Leicester", "LE4 7ZX", 461200, 308200, S, 1260, COMMUNITY),
    Invented("newarke", "Castle Gate Academy", LEICESTER, "Leicester", "LE1 5ZX", 458300, 304000, S, 980),
    Invented("watling", "Watling Way Academy", LEICESTERSHIRE, "Hinckley", "LE10 0ZX", 443600, 293200, S, 1015),
    Invented("eyebrook", "Eyebrook Water Academy", RUTLAND, "Uppingham", "LE15 8ZX", 486500, 299100, S, 860),
    Invented("furnace", "Furnace Lane Academy", NORTH_NORTHANTS, "Corby", "NN17 2ZX", 488900, 290200, S, 1190),
    Invented("ise", "Ise Brook Academy", NORTH_NORTHANTS, "Kettering", "NN15 5ZX", 487900, 276900, S, 1075),
    Invented("nene", "Nene Terrace Academy", NORTH_NORTHANTS, "Wellingborough", "NN8 3ZX", 488200, 268900, S, 930),
    Invented("gateway", "Clocktower Sixth Form College", LEICESTER, "Leicester", "LE2 0ZX", 459400, 303300, X, 1600),
    Invented("magnolia", "Magnolia Walk School", LEICESTER, "Leicester", "LE5 6ZX", 462500, 304300, Z, 142, SPECIAL),
    Invented(
        "stepping",
        "Stepping Stones School",
        NORTH_NORTHANTS,
        "Wellingborough",
        "NN9 5ZX",
        491000,
        272500,
        Z,
        118,
        SPECIAL,
    ),
    Invented("acorn", "Acorn Yard Nursery School", LEICESTER, "Leicester", "LE3 0ZX", 456900, 303900, N, 84, COMMUNITY),
    Invented(
        "dovecote", "Dovecote All-through School", LEICESTERSHIRE, "Melton Mowbray", "LE13 0ZX", 474600, 318300, A, 1340
    ),
    # Beyond the hub's own area: such schools come too.
    Invented("causeway", "Causeway Primary", WEST_NORTHANTS, "Daventry", "NN11 4ZX", 457500, 262700, P, 310),
]
# A setting that is not on the national register at all.
OFF_REGISTER = Invented(
    "puddleduck", "Puddle Lane Nursery", LEICESTERSHIRE, "Birstall", "LE4 4ZX", 459700, 309300, N, 46
)

# Who hosts: school, room, chairs, access, parking, what to do on arrival.
HOSTS = {
    "beacon": (
        "Room M4",
        32,
        "Step-free; lift to the first floor",
        "Visitors' car park, Ridge Road",
        "Sign in at reception; lanyards there.",
    ),
    "sorrel": (
        "The hall",
        40,
        "Step-free from the side gate",
        "On the street",
        "Ring at the green gate; we meet in the hall.",
    ),
    "steelyard": (
        "Training room",
        24,
        "Step-free; hearing loop",
        "On site, behind the kitchen",
        "Sign in at the office with photo ID.",
    ),
    "limestone": (
        "Library",
        20,
        "One step at the door; ramp on request",
        "Market car park, five minutes on foot",
        "Sign in at the office.",
    ),
    "teasel": ("Year 6 classroom", 28, "Ground floor", "On site", "Come to the front office; visitors' badges there."),
    "kestrel": (
        "Community room",
        30,
        "Step-free; accessible toilet",
        "Hill Street, permit from the office",
        "Use the community entrance.",
    ),
    "ise": ("Maths base, M12", 30, "Lift by the canteen", "Visitors' bays", "Reception will call us."),
    "magnolia": (
        "Sensory studio",
        18,
        "Fully accessible; changing place",
        "On site",
        "Reception knows you; phones stay in bags.",
    ),
}
