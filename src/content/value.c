#include "content/value.h"

#include "content/date.h"
#include "content/decimal.h"

#include <errno.h>
#include <math.h>

#define NUMBER_MAX 64u  /* characters of a text that may be a number */
#define PADDED_MAX 256u /* with blanks around */
#define NEST_MAX   64u

struct value
value_json(const json_t *json)
{
	struct value v = { .kind = VALUE_NONE };

	if (!json)
		return v;
	switch (json_typeof(json)) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		v.kind = json_is_object(json) ? VALUE_OBJECT : VALUE_LIST;
		v.json = json;
		break;
	case JSON_STRING:
		v.kind = VALUE_TEXT;
		v.text = str_of(json_string_value(json), json_string_length(json));
		break;
	case JSON_INTEGER:
		v.kind = VALUE_INT;
		v.whole = json_integer_value(json);
		break;
	case JSON_REAL:
		v.kind = VALUE_FLOAT;
		v.real = json_real_value(json);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		v.kind = VALUE_BOOL;
		v.yes = json_is_true(json);
		break;
	case JSON_NULL:
		v.kind = VALUE_NULL;
		break;
	}
	return v;
}

int
value_float(double real, struct value *ret_v)
{
	if (!isfinite(real))
		return -ERANGE;
	*ret_v = (struct value){ .kind = VALUE_FLOAT, .real = real };
	return 0;
}

struct value
value_member(const struct value *v, struct str name)
{
	uint32_t i;

	if (v->kind == VALUE_OBJECT)
		return value_json(json_object_getn(v->json, name.p, name.n));
	if (v->kind == VALUE_LIST && str_u32(name, &i) == 0)
		return value_item(v, i);
	return value_none();
}

struct value
value_item(const struct value *v, size_t i)
{
	return v->kind == VALUE_LIST ? value_json(json_array_get(v->json, i)) : value_none();
}

size_t
value_count(const struct value *v)
{
	if (v->kind == VALUE_LIST)
		return json_array_size(v->json);
	return v->kind == VALUE_OBJECT ? json_object_size(v->json) : 0;
}

static size_t
weigh(const struct value *v, size_t most, unsigned nest)
{
	size_t n = v->kind == VALUE_LIST && nest < NEST_MAX ? value_count(v) : 0, all = n;

	for (size_t i = 0; i < n && all <= most; i++) {
		struct value item = value_item(v, i);

		all += weigh(&item, most - all, nest + 1);
	}
	return all;
}

size_t
value_weight(const struct value *v, size_t most)
{
	return weigh(v, most, 0);
}

bool
value_true(const struct value *v, bool empty_object_is)
{
	switch (v->kind) {
	case VALUE_NONE:
	case VALUE_NULL:
		return false;
	case VALUE_BOOL:
		return v->yes;
	case VALUE_INT:
		return v->whole != 0;
	case VALUE_FLOAT:
		return v->real < 0 || v->real > 0;
	case VALUE_TEXT:
		return v->text.n > 0;
	case VALUE_LIST:
		return json_array_size(v->json) > 0;
	case VALUE_OBJECT:
		return empty_object_is || json_object_size(v->json) > 0;
	case VALUE_DATE:
		break;
	}
	return true;
}

static int print_nested(struct buf *b, const struct value *v, unsigned nest);

static int
print_list(struct buf *b, const struct value *list, unsigned nest)
{
	size_t n = nest < NEST_MAX ? value_count(list) : 0;
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i++) {
		struct value item = value_item(list, i);

		rc = i ? buf_put_c(b, ',') : 0;
		if (!rc)
			rc = print_nested(b, &item, nest + 1);
	}
	return rc;
}

static int
print_date(struct buf *b, int64_t wall)
{
	return date_format_moment(b, STR_LIT("YYYY-MM-DD[T]HH:mm:ss[Z]"), wall, 0);
}

static int
print_nested(struct buf *b, const struct value *v, unsigned nest)
{
	struct decimal d;

	switch (v->kind) {
	case VALUE_NONE:
	case VALUE_NULL:
		return 0;
	case VALUE_BOOL:
		return buf_put(b, v->yes ? STR_LIT("true") : STR_LIT("false"));
	case VALUE_INT:
		return buf_put_i64(b, v->whole);
	case VALUE_FLOAT:
		d = decimal_of_float(v->real);
		return decimal_print(b, &d);
	case VALUE_TEXT:
		return buf_put(b, v->text);
	case VALUE_DATE:
		return print_date(b, v->wall);
	case VALUE_LIST:
		return print_list(b, v, nest);
	case VALUE_OBJECT:
		break;
	}
	return buf_put(b, STR_LIT("[object Object]"));
}

int
value_print(struct buf *b, const struct value *v)
{
	return print_nested(b, v, 0);
}

static size_t
digits_at(struct str s, size_t i)
{
	size_t n = 0;

	while (i + n < s.n && ascii_digit(s.p[i + n]))
		n++;
	return n;
}

/* Is s a decimal number as a whole? *ret_whole: without point and exponent. */
static bool
is_number(struct str s, bool *ret_whole)
{
	size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+') ? 1 : 0;
	size_t before = digits_at(s, i), behind = 0, more;

	i += before;
	*ret_whole = true;
	if (i < s.n && s.p[i] == '.') {
		behind = digits_at(s, ++i);
		i += behind;
		*ret_whole = false;
	}
	if (before + behind == 0)
		return false;
	if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
		i++;
		i += i < s.n && (s.p[i] == '-' || s.p[i] == '+') ? 1 : 0;
		more = digits_at(s, i);
		if (!more)
			return false;
		i += more;
		*ret_whole = false;
	}
	return i == s.n;
}

static int
text_number(struct str s, struct value *ret_number)
{
	char copy[NUMBER_MAX + 1];
	bool whole;

	/* No walk through a megabyte of blanks for each operation. */
	if (s.n > PADDED_MAX)
		return -EINVAL;
	s = str_trim_all(s);
	if (s.n > NUMBER_MAX || !is_number(s, &whole))
		return -EINVAL;
	memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	if (whole) {
		errno = 0;
		*ret_number = value_int(strtoll(copy, NULL, 10));
		if (!errno)
			return 0;
	}
	return value_float(strtod(copy, NULL), ret_number) ? -EINVAL : 0;
}

int
value_number(const struct value *v, struct value *ret_number)
{
	switch (v->kind) {
	case VALUE_INT:
	case VALUE_FLOAT:
		*ret_number = *v;
		return 0;
	case VALUE_BOOL:
		*ret_number = value_int(v->yes);
		return 0;
	case VALUE_TEXT:
		return text_number(v->text, ret_number);
	case VALUE_NONE:
	case VALUE_NULL:
	case VALUE_DATE:
	case VALUE_LIST:
	case VALUE_OBJECT:
		break;
	}
	return -EINVAL;
}

double
value_real(const struct value *number)
{
	return number->kind == VALUE_INT ? (double)number->whole : number->real;
}

static bool
is_numeric(const struct value *v)
{
	return v->kind == VALUE_INT || v->kind == VALUE_FLOAT;
}

static int
order_numbers(const struct value *a, const struct value *b)
{
	double x, y;

	if (a->kind == VALUE_INT && b->kind == VALUE_INT)
		return (a->whole > b->whole) - (a->whole < b->whole);
	x = value_real(a);
	y = value_real(b);
	return (x > y) - (x < y);
}

static int
order_dates(const struct value *a, const struct value *b, int *ret_order)
{
	int64_t x = a->wall, y = b->wall;

	if (a->kind == VALUE_TEXT && date_parse(a->text, &x))
		return -EINVAL;
	if (b->kind == VALUE_TEXT && date_parse(b->text, &y))
		return -EINVAL;
	*ret_order = (x > y) - (x < y);
	return 0;
}

int
value_order(const struct value *a, const struct value *b, int *ret_order)
{
	struct value x, y;
	bool dates = a->kind == VALUE_DATE || b->kind == VALUE_DATE;

	if (dates) {
		if ((a->kind != VALUE_DATE && a->kind != VALUE_TEXT) ||
			(b->kind != VALUE_DATE && b->kind != VALUE_TEXT))
			return -EINVAL;
		return order_dates(a, b, ret_order);
	}
	if (a->kind == VALUE_TEXT && b->kind == VALUE_TEXT) {
		*ret_order = str_cmp(a->text, b->text);
		return 0;
	}
	if (value_number(a, &x) || value_number(b, &y))
		return -EINVAL;
	*ret_order = order_numbers(&x, &y);
	return 0;
}

static bool
equal_bool(bool yes, const struct value *other)
{
	struct value number;

	if (other->kind == VALUE_BOOL)
		return yes == other->yes;
	if (other->kind == VALUE_TEXT && str_eq_z(other->text, yes ? "true" : "false"))
		return true;
	return value_number(other, &number) == 0 && value_real(&number) == (double)yes;
}

bool
value_equal(const struct value *a, const struct value *b)
{
	int order;

	if (value_absent(a) || value_absent(b))
		return value_absent(a) && value_absent(b);
	if (a->kind == VALUE_LIST || a->kind == VALUE_OBJECT)
		return a->kind == b->kind && a->json == b->json;
	if (a->kind == VALUE_BOOL || b->kind == VALUE_BOOL)
		return a->kind == VALUE_BOOL ? equal_bool(a->yes, b) : equal_bool(b->yes, a);
	if (a->kind == VALUE_TEXT && b->kind == VALUE_TEXT)
		return str_eq(a->text, b->text);
	if (!is_numeric(a) && !is_numeric(b) && a->kind != VALUE_DATE && b->kind != VALUE_DATE)
		return false;
	return value_order(a, b, &order) == 0 && order == 0;
}
