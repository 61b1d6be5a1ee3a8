/*
 * Names of colours (CSS Color 4, 6.1), sorted: C(name, 0xRRGGBB). And how much light each value
 * of a channel is, in millionths (sRGB to linear, WCAG 2.2 "relative luminance").
 */
#ifndef CONTENT_ADVICE_COLOUR_TBL_H
#define CONTENT_ADVICE_COLOUR_TBL_H

/* Tables, aligned by hand. */
/* clang-format off */
#define ADVICE_COLOUR_TABLE(C) \
	C("aliceblue", 0xf0f8ff) C("antiquewhite", 0xfaebd7) C("aqua", 0x00ffff) \
	C("aquamarine", 0x7fffd4) C("azure", 0xf0ffff) C("beige", 0xf5f5dc) \
	C("bisque", 0xffe4c4) C("black", 0x000000) C("blanchedalmond", 0xffebcd) \
	C("blue", 0x0000ff) C("blueviolet", 0x8a2be2) C("brown", 0xa52a2a) \
	C("burlywood", 0xdeb887) C("cadetblue", 0x5f9ea0) C("chartreuse", 0x7fff00) \
	C("chocolate", 0xd2691e) C("coral", 0xff7f50) C("cornflowerblue", 0x6495ed) \
	C("cornsilk", 0xfff8dc) C("crimson", 0xdc143c) C("cyan", 0x00ffff) \
	C("darkblue", 0x00008b) C("darkcyan", 0x008b8b) C("darkgoldenrod", 0xb8860b) \
	C("darkgray", 0xa9a9a9) C("darkgreen", 0x006400) C("darkgrey", 0xa9a9a9) \
	C("darkkhaki", 0xbdb76b) C("darkmagenta", 0x8b008b) C("darkolivegreen", 0x556b2f) \
	C("darkorange", 0xff8c00) C("darkorchid", 0x9932cc) C("darkred", 0x8b0000) \
	C("darksalmon", 0xe9967a) C("darkseagreen", 0x8fbc8f) C("darkslateblue", 0x483d8b) \
	C("darkslategray", 0x2f4f4f) C("darkslategrey", 0x2f4f4f) C("darkturquoise", 0x00ced1) \
	C("darkviolet", 0x9400d3) C("deeppink", 0xff1493) C("deepskyblue", 0x00bfff) \
	C("dimgray", 0x696969) C("dimgrey", 0x696969) C("dodgerblue", 0x1e90ff) \
	C("firebrick", 0xb22222) C("floralwhite", 0xfffaf0) C("forestgreen", 0x228b22) \
	C("fuchsia", 0xff00ff) C("gainsboro", 0xdcdcdc) C("ghostwhite", 0xf8f8ff) \
	C("gold", 0xffd700) C("goldenrod", 0xdaa520) C("gray", 0x808080) C("green", 0x008000) \
	C("greenyellow", 0xadff2f) C("grey", 0x808080) C("honeydew", 0xf0fff0) \
	C("hotpink", 0xff69b4) C("indianred", 0xcd5c5c) C("indigo", 0x4b0082) \
	C("ivory", 0xfffff0) C("khaki", 0xf0e68c) C("lavender", 0xe6e6fa) \
	C("lavenderblush", 0xfff0f5) C("lawngreen", 0x7cfc00) C("lemonchiffon", 0xfffacd) \
	C("lightblue", 0xadd8e6) C("lightcoral", 0xf08080) C("lightcyan", 0xe0ffff) \
	C("lightgoldenrodyellow", 0xfafad2) C("lightgray", 0xd3d3d3) C("lightgreen", 0x90ee90) \
	C("lightgrey", 0xd3d3d3) C("lightpink", 0xffb6c1) C("lightsalmon", 0xffa07a) \
	C("lightseagreen", 0x20b2aa) C("lightskyblue", 0x87cefa) C("lightslategray", 0x778899) \
	C("lightslategrey", 0x778899) C("lightsteelblue", 0xb0c4de) C("lightyellow", 0xffffe0) \
	C("lime", 0x00ff00) C("limegreen", 0x32cd32) C("linen", 0xfaf0e6) \
	C("magenta", 0xff00ff) C("maroon", 0x800000) C("mediumaquamarine", 0x66cdaa) \
	C("mediumblue", 0x0000cd) C("mediumorchid", 0xba55d3) C("mediumpurple", 0x9370db) \
	C("mediumseagreen", 0x3cb371) C("mediumslateblue", 0x7b68ee) \
	C("mediumspringgreen", 0x00fa9a) C("mediumturquoise", 0x48d1cc) \
	C("mediumvioletred", 0xc71585) C("midnightblue", 0x191970) C("mintcream", 0xf5fffa) \
	C("mistyrose", 0xffe4e1) C("moccasin", 0xffe4b5) C("navajowhite", 0xffdead) \
	C("navy", 0x000080) C("oldlace", 0xfdf5e6) C("olive", 0x808000) \
	C("olivedrab", 0x6b8e23) C("orange", 0xffa500) C("orangered", 0xff4500) \
	C("orchid", 0xda70d6) C("palegoldenrod", 0xeee8aa) C("palegreen", 0x98fb98) \
	C("paleturquoise", 0xafeeee) C("palevioletred", 0xdb7093) C("papayawhip", 0xffefd5) \
	C("peachpuff", 0xffdab9) C("peru", 0xcd853f) C("pink", 0xffc0cb) C("plum", 0xdda0dd) \
	C("powderblue", 0xb0e0e6) C("purple", 0x800080) C("rebeccapurple", 0x663399) \
	C("red", 0xff0000) C("rosybrown", 0xbc8f8f) C("royalblue", 0x4169e1) \
	C("saddlebrown", 0x8b4513) C("salmon", 0xfa8072) C("sandybrown", 0xf4a460) \
	C("seagreen", 0x2e8b57) C("seashell", 0xfff5ee) C("sienna", 0xa0522d) \
	C("silver", 0xc0c0c0) C("skyblue", 0x87ceeb) C("slateblue", 0x6a5acd) \
	C("slategray", 0x708090) C("slategrey", 0x708090) C("snow", 0xfffafa) \
	C("springgreen", 0x00ff7f) C("steelblue", 0x4682b4) C("tan", 0xd2b48c) \
	C("teal", 0x008080) C("thistle", 0xd8bfd8) C("tomato", 0xff6347) \
	C("turquoise", 0x40e0d0) C("violet", 0xee82ee) C("wheat", 0xf5deb3) \
	C("white", 0xffffff) C("whitesmoke", 0xf5f5f5) C("yellow", 0xffff00) \
	C("yellowgreen", 0x9acd32)
#define ADVICE_COLOUR_LIGHT \
	0, 304, 607, 911, 1214, 1518, 1821, 2125, 2428, 2732, 3035, 3347, 3677, 4025, 4391, \
	4777, 5182, 5605, 6049, 6512, 6995, 7499, 8023, 8568, 9134, 9721, 10330, 10960, 11612, \
	12286, 12983, 13702, 14444, 15209, 15996, 16807, 17642, 18500, 19382, 20289, 21219, \
	22174, 23153, 24158, 25187, 26241, 27321, 28426, 29557, 30713, 31896, 33105, 34340, \
	35601, 36889, 38204, 39546, 40915, 42311, 43735, 45186, 46665, 48172, 49707, 51269, \
	52861, 54480, 56128, 57805, 59511, 61246, 63010, 64803, 66626, 68478, 70360, 72272, \
	74214, 76185, 78187, 80220, 82283, 84376, 86500, 88656, 90842, 93059, 95307, 97587, \
	99899, 102242, 104616, 107023, 109462, 111932, 114435, 116971, 119538, 122139, 124772, \
	127438, 130136, 132868, 135633, 138432, 141263, 144128, 147027, 149960, 152926, \
	155926, 158961, 162029, 165132, 168269, 171441, 174647, 177888, 181164, 184475, \
	187821, 191202, 194618, 198069, 201556, 205079, 208637, 212231, 215861, 219526, \
	223228, 226966, 230740, 234551, 238398, 242281, 246201, 250158, 254152, 258183, \
	262251, 266356, 270498, 274677, 278894, 283149, 287441, 291771, 296138, 300544, \
	304987, 309469, 313989, 318547, 323143, 327778, 332452, 337164, 341914, 346704, \
	351533, 356400, 361307, 366253, 371238, 376262, 381326, 386429, 391572, 396755, \
	401978, 407240, 412543, 417885, 423268, 428690, 434154, 439657, 445201, 450786, \
	456411, 462077, 467784, 473531, 479320, 485150, 491021, 496933, 502886, 508881, \
	514918, 520996, 527115, 533276, 539479, 545724, 552011, 558340, 564712, 571125, \
	577580, 584078, 590619, 597202, 603827, 610496, 617207, 623960, 630757, 637597, \
	644480, 651406, 658375, 665387, 672443, 679542, 686685, 693872, 701102, 708376, \
	715694, 723055, 730461, 737910, 745404, 752942, 760525, 768151, 775822, 783538, \
	791298, 799103, 806952, 814847, 822786, 830770, 838799, 846873, 854993, 863157, \
	871367, 879622, 887923, 896269, 904661, 913099, 921582, 930111, 938686, 947307, \
	955973, 964686, 973445, 982251, 991102, 1000000,
/* clang-format on */

#endif
