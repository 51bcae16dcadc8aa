-- name: hostile
SELECT id, bin, emo FROM `a``b; --` WHERE `select` = 'x7' AND emo LIKE '😀1%' ORDER BY emo DESC LIMIT 5;
-- name: binary
SELECT HEX(bin) FROM `a``b; --` WHERE bin = UNHEX('FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF7');
-- name: slash
SELECT id FROM `a``b; --` WHERE slashed = 'back\\slash 7';
-- name: locked-as-a-whole
SELECT id FROM old WHERE v = 'v7';
-- name: unsigned
-- params: ["18446744073709550001"]
SELECT `select` FROM `a``b; --` WHERE id = ?;
-- name: given
-- params: ["back\\slash 7"]
SELECT id FROM `a``b; --` WHERE slashed = ?;
