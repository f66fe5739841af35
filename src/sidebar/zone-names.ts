/*! Made by test/upstream/zone-names.mjs from cldr-core@48.2.0 (supplemental/windowsZones.json, rows of
 * 001) and rails-timezone@1.2.0, compared with rails/rails (activesupport, values/time_zone.rb). Facts only.
 *
 * The names of Windows:
 *
 * UNICODE LICENSE V3
 *
 * COPYRIGHT AND PERMISSION NOTICE
 *
 * Copyright © 2004-2026 Unicode, Inc.
 *
 * NOTICE TO USER: Carefully read the following legal agreement. BY
 * DOWNLOADING, INSTALLING, COPYING OR OTHERWISE USING DATA FILES, AND/OR
 * SOFTWARE, YOU UNEQUIVOCALLY ACCEPT, AND AGREE TO BE BOUND BY, ALL OF THE
 * TERMS AND CONDITIONS OF THIS AGREEMENT. IF YOU DO NOT AGREE, DO NOT
 * DOWNLOAD, INSTALL, COPY, DISTRIBUTE OR USE THE DATA FILES OR SOFTWARE.
 *
 * Permission is hereby granted, free of charge, to any person obtaining a
 * copy of data files and any associated documentation (the "Data Files") or
 * software and any associated documentation (the "Software") to deal in the
 * Data Files or Software without restriction, including without limitation
 * the rights to use, copy, modify, merge, publish, distribute, and/or sell
 * copies of the Data Files or Software, and to permit persons to whom the
 * Data Files or Software are furnished to do so, provided that either (a)
 * this copyright and permission notice appear with all copies of the Data
 * Files or Software, or (b) this copyright and permission notice appear in
 * associated Documentation.
 *
 * THE DATA FILES AND SOFTWARE ARE PROVIDED "AS IS", WITHOUT WARRANTY OF ANY
 * KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
 * MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT OF
 * THIRD PARTY RIGHTS.
 *
 * IN NO EVENT SHALL THE COPYRIGHT HOLDER OR HOLDERS INCLUDED IN THIS NOTICE
 * BE LIABLE FOR ANY CLAIM, OR ANY SPECIAL INDIRECT OR CONSEQUENTIAL DAMAGES,
 * OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS,
 * WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION,
 * ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THE DATA
 * FILES OR SOFTWARE.
 *
 * Except as contained in this notice, the name of a copyright holder shall
 * not be used in advertising or otherwise to promote the sale, use or other
 * dealings in these Data Files or Software without prior written
 * authorization of the copyright holder.
 *
 * SPDX-License-Identifier: Unicode-3.0
 *
 * The names of Rails:
 *
 * Copyright (c) David Heinemeier Hansson
 * Copyright (c) 2013 David Wood <bitprobe@gmail.com>
 *
 * Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
 * associated documentation files (the "Software"), to deal in the Software without restriction,
 * including without limitation the rights to use, copy, modify, merge, publish, distribute,
 * sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
 * furnished to do so, subject to the following conditions:
 *
 * The above copyright notice and this permission notice shall be included in all copies or substantial
 * portions of the Software.
 *
 * THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
 * NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
 * NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES
 * OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
 * CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
 */

/** A line for each name: `name = IANA zone`. */
export const windowsZones = `
  AUS Central Standard Time = Australia/Darwin
  AUS Eastern Standard Time = Australia/Sydney
  Afghanistan Standard Time = Asia/Kabul
  Alaskan Standard Time = America/Anchorage
  Aleutian Standard Time = America/Adak
  Altai Standard Time = Asia/Barnaul
  Arab Standard Time = Asia/Riyadh
  Arabian Standard Time = Asia/Dubai
  Arabic Standard Time = Asia/Baghdad
  Argentina Standard Time = America/Buenos_Aires
  Astrakhan Standard Time = Europe/Astrakhan
  Atlantic Standard Time = America/Halifax
  Aus Central W. Standard Time = Australia/Eucla
  Azerbaijan Standard Time = Asia/Baku
  Azores Standard Time = Atlantic/Azores
  Bahia Standard Time = America/Bahia
  Bangladesh Standard Time = Asia/Dhaka
  Belarus Standard Time = Europe/Minsk
  Bougainville Standard Time = Pacific/Bougainville
  Canada Central Standard Time = America/Regina
  Cape Verde Standard Time = Atlantic/Cape_Verde
  Caucasus Standard Time = Asia/Yerevan
  Cen. Australia Standard Time = Australia/Adelaide
  Central America Standard Time = America/Guatemala
  Central Asia Standard Time = Asia/Bishkek
  Central Brazilian Standard Time = America/Cuiaba
  Central Europe Standard Time = Europe/Budapest
  Central European Standard Time = Europe/Warsaw
  Central Pacific Standard Time = Pacific/Guadalcanal
  Central Standard Time = America/Chicago
  Central Standard Time (Mexico) = America/Mexico_City
  Chatham Islands Standard Time = Pacific/Chatham
  China Standard Time = Asia/Shanghai
  Cuba Standard Time = America/Havana
  Dateline Standard Time = Etc/GMT+12
  E. Africa Standard Time = Africa/Nairobi
  E. Australia Standard Time = Australia/Brisbane
  E. Europe Standard Time = Europe/Chisinau
  E. South America Standard Time = America/Sao_Paulo
  Easter Island Standard Time = Pacific/Easter
  Eastern Standard Time = America/New_York
  Eastern Standard Time (Mexico) = America/Cancun
  Egypt Standard Time = Africa/Cairo
  Ekaterinburg Standard Time = Asia/Yekaterinburg
  FLE Standard Time = Europe/Kiev
  Fiji Standard Time = Pacific/Fiji
  GMT Standard Time = Europe/London
  GTB Standard Time = Europe/Bucharest
  Georgian Standard Time = Asia/Tbilisi
  Greenland Standard Time = America/Godthab
  Greenwich Standard Time = Atlantic/Reykjavik
  Haiti Standard Time = America/Port-au-Prince
  Hawaiian Standard Time = Pacific/Honolulu
  India Standard Time = Asia/Calcutta
  Iran Standard Time = Asia/Tehran
  Israel Standard Time = Asia/Jerusalem
  Jordan Standard Time = Asia/Amman
  Kaliningrad Standard Time = Europe/Kaliningrad
  Korea Standard Time = Asia/Seoul
  Libya Standard Time = Africa/Tripoli
  Line Islands Standard Time = Pacific/Kiritimati
  Lord Howe Standard Time = Australia/Lord_Howe
  Magadan Standard Time = Asia/Magadan
  Magallanes Standard Time = America/Punta_Arenas
  Marquesas Standard Time = Pacific/Marquesas
  Mauritius Standard Time = Indian/Mauritius
  Middle East Standard Time = Asia/Beirut
  Montevideo Standard Time = America/Montevideo
  Morocco Standard Time = Africa/Casablanca
  Mountain Standard Time = America/Denver
  Mountain Standard Time (Mexico) = America/Mazatlan
  Myanmar Standard Time = Asia/Rangoon
  N. Central Asia Standard Time = Asia/Novosibirsk
  Namibia Standard Time = Africa/Windhoek
  Nepal Standard Time = Asia/Katmandu
  New Zealand Standard Time = Pacific/Auckland
  Newfoundland Standard Time = America/St_Johns
  Norfolk Standard Time = Pacific/Norfolk
  North Asia East Standard Time = Asia/Irkutsk
  North Asia Standard Time = Asia/Krasnoyarsk
  North Korea Standard Time = Asia/Pyongyang
  Omsk Standard Time = Asia/Omsk
  Pacific SA Standard Time = America/Santiago
  Pacific Standard Time = America/Los_Angeles
  Pacific Standard Time (Mexico) = America/Tijuana
  Pakistan Standard Time = Asia/Karachi
  Paraguay Standard Time = America/Asuncion
  Qyzylorda Standard Time = Asia/Qyzylorda
  Romance Standard Time = Europe/Paris
  Russia Time Zone 10 = Asia/Srednekolymsk
  Russia Time Zone 11 = Asia/Kamchatka
  Russia Time Zone 3 = Europe/Samara
  Russian Standard Time = Europe/Moscow
  SA Eastern Standard Time = America/Cayenne
  SA Pacific Standard Time = America/Bogota
  SA Western Standard Time = America/La_Paz
  SE Asia Standard Time = Asia/Bangkok
  Saint Pierre Standard Time = America/Miquelon
  Sakhalin Standard Time = Asia/Sakhalin
  Samoa Standard Time = Pacific/Apia
  Sao Tome Standard Time = Africa/Sao_Tome
  Saratov Standard Time = Europe/Saratov
  Singapore Standard Time = Asia/Singapore
  South Africa Standard Time = Africa/Johannesburg
  South Sudan Standard Time = Africa/Juba
  Sri Lanka Standard Time = Asia/Colombo
  Sudan Standard Time = Africa/Khartoum
  Syria Standard Time = Asia/Damascus
  Taipei Standard Time = Asia/Taipei
  Tasmania Standard Time = Australia/Hobart
  Tocantins Standard Time = America/Araguaina
  Tokyo Standard Time = Asia/Tokyo
  Tomsk Standard Time = Asia/Tomsk
  Tonga Standard Time = Pacific/Tongatapu
  Transbaikal Standard Time = Asia/Chita
  Turkey Standard Time = Europe/Istanbul
  Turks And Caicos Standard Time = America/Grand_Turk
  US Eastern Standard Time = America/Indianapolis
  US Mountain Standard Time = America/Phoenix
  UTC = Etc/UTC
  UTC+12 = Etc/GMT-12
  UTC+13 = Etc/GMT-13
  UTC-02 = Etc/GMT+2
  UTC-08 = Etc/GMT+8
  UTC-09 = Etc/GMT+9
  UTC-11 = Etc/GMT+11
  Ulaanbaatar Standard Time = Asia/Ulaanbaatar
  Venezuela Standard Time = America/Caracas
  Vladivostok Standard Time = Asia/Vladivostok
  Volgograd Standard Time = Europe/Volgograd
  W. Australia Standard Time = Australia/Perth
  W. Central Africa Standard Time = Africa/Lagos
  W. Europe Standard Time = Europe/Berlin
  W. Mongolia Standard Time = Asia/Hovd
  West Asia Standard Time = Asia/Tashkent
  West Bank Standard Time = Asia/Hebron
  West Pacific Standard Time = Pacific/Port_Moresby
  Yakutsk Standard Time = Asia/Yakutsk
  Yukon Standard Time = America/Whitehorse
`;

export const railsZones = `
  Abu Dhabi = Asia/Muscat
  Adelaide = Australia/Adelaide
  Alaska = America/Juneau
  Alberta = America/Edmonton
  Almaty = Asia/Almaty
  American Samoa = Pacific/Pago_Pago
  Amsterdam = Europe/Amsterdam
  Arizona = America/Phoenix
  Astana = Asia/Almaty
  Asuncion = America/Asuncion
  Athens = Europe/Athens
  Atlantic Time (Canada) = America/Halifax
  Auckland = Pacific/Auckland
  Azores = Atlantic/Azores
  Baghdad = Asia/Baghdad
  Baku = Asia/Baku
  Bangkok = Asia/Bangkok
  Beijing = Asia/Shanghai
  Belgrade = Europe/Belgrade
  Berlin = Europe/Berlin
  Bern = Europe/Zurich
  Bogota = America/Bogota
  Brasilia = America/Sao_Paulo
  Bratislava = Europe/Bratislava
  Brisbane = Australia/Brisbane
  Brussels = Europe/Brussels
  Bucharest = Europe/Bucharest
  Budapest = Europe/Budapest
  Buenos Aires = America/Argentina/Buenos_Aires
  Cairo = Africa/Cairo
  Canberra = Australia/Canberra
  Cape Verde Is. = Atlantic/Cape_Verde
  Caracas = America/Caracas
  Casablanca = Africa/Casablanca
  Central America = America/Guatemala
  Central Time (US & Canada) = America/Chicago
  Chatham Is. = Pacific/Chatham
  Chennai = Asia/Kolkata
  Chihuahua = America/Chihuahua
  Chongqing = Asia/Chongqing
  Copenhagen = Europe/Copenhagen
  Darwin = Australia/Darwin
  Dhaka = Asia/Dhaka
  Dublin = Europe/Dublin
  Eastern Time (US & Canada) = America/New_York
  Edinburgh = Europe/London
  Ekaterinburg = Asia/Yekaterinburg
  Fiji = Pacific/Fiji
  Georgetown = America/Guyana
  Greenland = America/Nuuk
  Guadalajara = America/Mexico_City
  Guam = Pacific/Guam
  Hanoi = Asia/Bangkok
  Harare = Africa/Harare
  Hawaii = Pacific/Honolulu
  Helsinki = Europe/Helsinki
  Hobart = Australia/Hobart
  Hong Kong = Asia/Hong_Kong
  Indiana (East) = America/Indiana/Indianapolis
  International Date Line West = Etc/GMT+12
  Irkutsk = Asia/Irkutsk
  Islamabad = Asia/Karachi
  Istanbul = Europe/Istanbul
  Jakarta = Asia/Jakarta
  Jerusalem = Asia/Jerusalem
  Kabul = Asia/Kabul
  Kaliningrad = Europe/Kaliningrad
  Kamchatka = Asia/Kamchatka
  Karachi = Asia/Karachi
  Kathmandu = Asia/Kathmandu
  Kolkata = Asia/Kolkata
  Krasnoyarsk = Asia/Krasnoyarsk
  Kuala Lumpur = Asia/Kuala_Lumpur
  Kuwait = Asia/Kuwait
  Kyiv = Europe/Kyiv
  La Paz = America/La_Paz
  Lima = America/Lima
  Lisbon = Europe/Lisbon
  Ljubljana = Europe/Ljubljana
  London = Europe/London
  Madrid = Europe/Madrid
  Magadan = Asia/Magadan
  Marshall Is. = Pacific/Majuro
  Mazatlan = America/Mazatlan
  Melbourne = Australia/Melbourne
  Mexico City = America/Mexico_City
  Mid-Atlantic = Atlantic/South_Georgia
  Midway Island = Pacific/Midway
  Minsk = Europe/Minsk
  Monrovia = Africa/Monrovia
  Monterrey = America/Monterrey
  Montevideo = America/Montevideo
  Moscow = Europe/Moscow
  Mountain Time (US & Canada) = America/Denver
  Mumbai = Asia/Kolkata
  Muscat = Asia/Muscat
  Nairobi = Africa/Nairobi
  New Caledonia = Pacific/Noumea
  New Delhi = Asia/Kolkata
  Newfoundland = America/St_Johns
  Novosibirsk = Asia/Novosibirsk
  Nuku'alofa = Pacific/Tongatapu
  Osaka = Asia/Tokyo
  Pacific Time (Canada) = America/Vancouver
  Pacific Time (US & Canada) = America/Los_Angeles
  Paris = Europe/Paris
  Perth = Australia/Perth
  Port Moresby = Pacific/Port_Moresby
  Prague = Europe/Prague
  Pretoria = Africa/Johannesburg
  Puerto Rico = America/Puerto_Rico
  Quito = America/Lima
  Rangoon = Asia/Yangon
  Riga = Europe/Riga
  Riyadh = Asia/Riyadh
  Rome = Europe/Rome
  Samara = Europe/Samara
  Samoa = Pacific/Apia
  Santiago = America/Santiago
  Sapporo = Asia/Tokyo
  Sarajevo = Europe/Sarajevo
  Saskatchewan = America/Regina
  Seoul = Asia/Seoul
  Singapore = Asia/Singapore
  Skopje = Europe/Skopje
  Sofia = Europe/Sofia
  Solomon Is. = Pacific/Guadalcanal
  Srednekolymsk = Asia/Srednekolymsk
  Sri Jayawardenepura = Asia/Colombo
  St. Petersburg = Europe/Moscow
  Stockholm = Europe/Stockholm
  Sydney = Australia/Sydney
  Taipei = Asia/Taipei
  Tallinn = Europe/Tallinn
  Tashkent = Asia/Tashkent
  Tbilisi = Asia/Tbilisi
  Tehran = Asia/Tehran
  Tijuana = America/Tijuana
  Tokelau Is. = Pacific/Fakaofo
  Tokyo = Asia/Tokyo
  UTC = Etc/UTC
  Ulaanbaatar = Asia/Ulaanbaatar
  Urumqi = Asia/Urumqi
  Vienna = Europe/Vienna
  Vilnius = Europe/Vilnius
  Vladivostok = Asia/Vladivostok
  Volgograd = Europe/Volgograd
  Warsaw = Europe/Warsaw
  Wellington = Pacific/Auckland
  West Central Africa = Africa/Algiers
  Yakutsk = Asia/Yakutsk
  Yerevan = Asia/Yerevan
  Zagreb = Europe/Zagreb
  Zurich = Europe/Zurich
`;
