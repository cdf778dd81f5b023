"""The tariffs published for May 2024 (S2), read by order of the columns; a test proves the order by the formula."""

from __future__ import annotations

from .values import Market, Range

MONTH = "mayo de 2024"
GAS = "1102.52"  # Gm, $/m³, the same for every market
CNG_DISTRIBUTION = "473.65"  # $/m³, distribution charge of sellers of vehicular natural gas
COMPRESSION, STORAGE = "259.85", "175.69"  # $/m³, part of the transport of compressed gas

# Distribution is the full charge in the first four markets and the subsidiary one in the others, as published.
MARKETS = (
    Market(
        "Villavicencio",
        transport="249.10",
        losses_percent="-0.65",
        fixed="2733.49",
        ranges=(
            Range(0, 200, "1852.21", "509.32"),
            Range(201, 500, "1816.54", "473.65"),
            Range(501, 3000, "1816.07", "473.18"),
            Range(3001, 30000, "1791.44", "448.55"),
            Range(30001, 60000, "1781.49", "438.60"),
            Range(60001, None, "1747.86", "404.97"),
        ),
    ),
    Market(
        "Acacías",
        transport="197.85",
        losses_percent="3.30",
        fixed="4329.19",
        ranges=(
            Range(0, 60, "1846.88", "502.14"),
            Range(61, 130, "1832.54", "487.80"),
            Range(131, 10000, "1821.81", "477.07"),
            Range(10001, None, "1730.10", "385.36"),
        ),
    ),
    Market(
        "Granada",
        transport="386.91",
        losses_percent="1.32",
        fixed="3405.27",
        ranges=(
            Range(0, 200, "2090.58", "581.23"),
            Range(201, 500, "2065.94", "556.59"),
            Range(501, 3000, "2020.56", "511.21"),
            Range(3001, None, "1997.59", "488.24"),
        ),
    ),
    Market(
        "Puerto López y Fuente de Oro",
        transport="935.00",
        losses_percent="-1.45",
        fixed="5956.02",
        ranges=(
            Range(0, 60, "2786.47", "778.07"),
            Range(61, 3000, "2748.79", "740.40"),
            Range(3001, None, "2741.84", "733.45"),
        ),
    ),
    Market(
        "Cabuyaro",
        transport="1520.82",
        losses_percent="-1.83",
        fixed="3548.41",
        ranges=(
            Range(0, 60, "3395.08", "818.88"),
            Range(61, 2000, "3284.57", "708.38"),
            Range(2001, None, "3284.49", "708.30"),
        ),
    ),
    Market(
        "San Carlos de Guaroa",
        transport="1383.66",
        losses_percent="-4.14",
        fixed="6500.35",
        ranges=(
            Range(0, 60, "3024.00", "636.65"),
            Range(61, 2000, "2879.84", "492.50"),
            Range(2001, None, "2879.78", "492.44"),
        ),
    ),
    Market(
        "Barranca de Upía",
        transport="166.86",
        losses_percent="-9.21",
        fixed="5826.05",
        ranges=(
            Range(0, 60, "1752.02", "589.70"),
            Range(61, 2000, "1653.93", "491.61"),
            Range(2001, None, "1652.22", "489.90"),
        ),
    ),
    Market(
        "Cubarral",
        transport="1016.25",
        losses_percent="0.00",
        fixed="4291.43",
        ranges=(
            Range(0, 60, "2475.76", "356.99"),
            Range(61, 2000, "2475.72", "356.95"),
            Range(2001, None, "2341.89", "223.12"),
        ),
    ),
    Market(
        "El Castillo",
        transport="1253.10",
        losses_percent="-3.03",
        fixed="5936.39",
        ranges=(
            Range(0, 60, "2962.96", "676.62"),
            Range(61, 200, "2900.27", "613.93"),
            Range(201, 30000, "2712.86", "426.52"),
            Range(30001, 50000, "2707.05", "420.70"),
            Range(50001, None, "2706.40", "420.06"),
        ),
    ),
    Market(
        "El Dorado",
        transport="1073.68",
        losses_percent="-3.37",
        fixed="6412.16",
        ranges=(
            Range(0, 60, "2721.11", "615.86"),
            Range(61, 2000, "2649.88", "544.63"),
            Range(2001, None, "2649.82", "544.56"),
        ),
    ),
    Market(
        "Puerto Concordia",
        transport="2073.68",
        losses_percent="-1.51",
        fixed="5936.39",
        ranges=(
            Range(0, 60, "3710.56", "581.61"),
            Range(61, 2000, "3649.45", "520.50"),
            Range(2001, None, "3649.39", "520.44"),
        ),
    ),
    Market(
        "Puerto Gaitán",
        transport="1825.82",
        losses_percent="-3.84",
        fixed="4291.43",
        ranges=(
            Range(0, 60, "3159.43", "339.39"),
            Range(61, 2000, "3097.62", "277.58"),
            Range(2001, None, "3097.59", "277.55"),
        ),
    ),
    Market(
        "Puerto Lleras",
        transport="1271.20",
        losses_percent="-4.56",
        fixed="4291.43",
        ranges=(
            Range(0, 60, "2617.96", "347.76"),
            Range(61, 2000, "2521.90", "251.70"),
            Range(2001, None, "2521.87", "251.67"),
        ),
    ),
    Market(
        "Puerto Rico",
        transport="1634.17",
        losses_percent="0.00",
        fixed="4291.43",
        ranges=(
            Range(0, 60, "3158.52", "421.84"),
            Range(61, 2000, "3074.21", "337.52"),
            Range(2001, None, "3074.16", "337.48"),
        ),
    ),
    Market(
        "San José del Guaviare",
        transport="2362.61",
        losses_percent="0.62",
        fixed="6476.64",
        ranges=(
            Range(0, 60, "3908.38", "421.64"),
            Range(61, 130, "3839.34", "352.60"),
            Range(131, 3000, "3762.90", "276.16"),
            Range(3001, 40000, "3758.90", "272.16"),
            Range(40001, None, "3754.90", "268.16"),
        ),
    ),
    Market(
        "San Juan de Arama",
        transport="1024.72",
        losses_percent="-0.53",
        fixed="5928.97",
        ranges=(
            Range(0, 60, "2562.93", "446.92"),
            Range(61, 2000, "2461.01", "344.99"),
            Range(2001, None, "2460.96", "344.94"),
        ),
    ),
)
