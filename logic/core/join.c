#include "join.h"
#include "unify.h"

#include <string.h>

/* Terms in rules are compiled as trees; larger ones are refused. */
#define LARGE 100000

/* Programs that match:  GROUND t   the subject is t
                         FIRST k    bind slot k, if of the sort of the op
                                    after, a SORT
                         AGAIN k    the subject is what slot k holds
                         ENTER f    the subject starts with f: its arguments
   Programs that build, or compute a key:
                         GROUND t, AGAIN k   push
                         ENTER f             pop f's arguments, push f(..) */
enum { GROUND_OP, FIRST, SORT, AGAIN, ENTER };

static bool no_memory (Join *j) {
  j->bank->fault = FAULT_MEMORY;
  return false;
}

static bool put (Join *j, Vec *v, uint32_t word) {
  return vec_push (&j->bank->mem, v, word) || no_memory (j);
}

/* Let an array of words reach up to, not including, `size`. */
static bool reach (Join *j, Vec *v, size_t size) {
  if (size <= v->size)
    return true;
  if (!vec_reserve (&j->bank->mem, v, size - v->size))
    return no_memory (j);
  memset (v->item + v->size, 0, (size - v->size) * sizeof *v->item);
  v->size = size;
  return true;
}

#define APPEND(j, array, count, cap)                                      \
  (mem_grow (&(j)->bank->mem, &(j)->array, &(j)->cap, (j)->count + 1,     \
             sizeof *(j)->array) ||                                       \
   no_memory (j))

bool join_init (Join *j, Bank *b) {
  memset (j, 0, sizeof *j);
  j->bank = b;
  bank_join (b, &j->client);
  return true;
}

void join_free (Join *j) {
  Bank *b = j->bank;
  if (!b)
    return;
  Mem *m = &b->mem;
  bank_leave (&j->client);
  for (size_t i = 0; i < j->tables; i++) {
    JoinTable *t = j->table + i;
    mem_free (m, t->bucket, t->buckets * sizeof *t->bucket);
    mem_free (m, t->entry, t->entry_cap * sizeof *t->entry);
  }
  mem_free (m, j->rule, j->rule_cap * sizeof *j->rule);
  mem_free (m, j->plan, j->plan_cap * sizeof *j->plan);
  mem_free (m, j->step, j->step_cap * sizeof *j->step);
  mem_free (m, j->op, j->op_cap * sizeof *j->op);
  mem_free (m, j->table, j->table_cap * sizeof *j->table);
  mem_free (m, j->fact, j->fact_cap * sizeof *j->fact);
  Vec *all[] = {&j->of_term, &j->plan_of, &j->table_of, &j->premises,
                &j->slots,   &j->stack,   &j->chosen,   &j->cursor,
                &j->draft};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    vec_free (m, all[i]);
  memset (j, 0, sizeof *j);
}

/*----------------------------------------------------------------- facts --*/

uint32_t join_find (const Join *j, uint32_t t) {
  return t < j->of_term.size ? j->of_term.item[t] - 1 : NONE;
}

static uint32_t store (Join *j, uint32_t t, uint32_t rule,
                       const uint32_t *premises, uint32_t n) {
  if (j->facts >= NONE - 1) {
    j->bank->fault = FAULT_FULL;
    return NONE;
  }
  if (!reach (j, &j->of_term, (size_t) t + 1) ||
      !vec_reserve (&j->bank->mem, &j->premises, n) ||
      !APPEND (j, fact, facts, fact_cap)) {
    no_memory (j);
    return NONE;
  }
  uint32_t id = (uint32_t) j->facts++;
  j->fact[id] = (JoinFact) {t, rule, j->premises.size};
  if (n)
    memcpy (j->premises.item + j->premises.size, premises,
            n * sizeof *premises);
  j->premises.size += n;
  j->of_term.item[t] = id + 1;
  if (t >= j->top)
    j->top = t + 1;
  return id;
}

uint32_t join_fact (Join *j, uint32_t t) {
  uint32_t id = join_find (j, t);
  return id != NONE ? id : store (j, t, NONE, NULL, 0);
}

/*-------------------------------------------------------------- compiling --*/

static bool emit (Join *j, uint32_t kind, uint32_t what) {
  if (!APPEND (j, op, ops, op_cap))
    return false;
  j->op[j->ops++] = (JoinOp) {kind, what};
  return true;
}

/* The slot of a variable, from the list of those seen; a new one for a
   variable not seen before. */
static uint32_t slot_of (Join *j, uint32_t x, bool *seen) {
  Vec *v = &j->draft;
  for (uint32_t k = 0; k < v->size; k++)
    if (v->item[k] == x) {
      *seen = true;
      return k;
    }
  *seen = false;
  return put (j, v, x) ? (uint32_t) v->size - 1 : NONE;
}

/* Append the program that matches t. */
static bool compile_match (Join *j, uint32_t t) {
  Bank *b = j->bank;
  Vec *todo = &j->stack;
  todo->size = 0;
  if (!put (j, todo, t))
    return false;
  while (todo->size) {
    t = todo->item[--todo->size];
    bool seen, ok;
    if (is_ground (b, t))
      ok = emit (j, GROUND_OP, t);
    else if (is_variable (b, t)) {
      uint32_t k = slot_of (j, t, &seen);
      ok = k != NONE && emit (j, seen ? AGAIN : FIRST, k) &&
           (seen || emit (j, SORT, sort_of (b, t)));
    } else {
      ok = emit (j, ENTER, number (b, t));
      for (uint32_t k = arity (b, t); ok && k--;)
        ok = put (j, todo, arguments (b, t)[k]);
    }
    if (!ok)
      return false;
  }
  return true;
}

/* Append the program that builds t; its variables have slots. */
static bool compile_build (Join *j, uint32_t t) {
  Bank *b = j->bank;
  Vec *todo = &j->stack;
  todo->size = 0;
  if (!put (j, todo, t) || !put (j, todo, 0))
    return false;
  while (todo->size) {
    uint32_t *next = todo->item + todo->size - 1;
    t = next[-1];
    if (is_ground (b, t)) {
      todo->size -= 2;
      if (!emit (j, GROUND_OP, t))
        return false;
    } else if (is_variable (b, t)) {
      todo->size -= 2;
      bool seen;
      uint32_t k = slot_of (j, t, &seen);
      if (k == NONE || !emit (j, AGAIN, k))
        return false;
    } else if (*next == arity (b, t)) {
      todo->size -= 2;
      if (!emit (j, ENTER, number (b, t)))
        return false;
    } else {
      uint32_t arg = arguments (b, t)[(*next)++];
      if (!put (j, todo, arg) || !put (j, todo, 0))
        return false;
    }
  }
  return true;
}

/* Is every variable of a term bound by then?  Of large terms it is denied,
   which costs time only. */
static bool is_known (const Join *j, uint32_t t) {
  const Bank *b = j->bank;
  if (is_ground (b, t))
    return true;
  if (b->weight[t] > 64)
    return false;
  if (is_variable (b, t)) {
    for (size_t i = 0; i < j->draft.size; i++)
      if (j->draft.item[i] == t)
        return true;
    return false;
  }
  for (uint32_t k = 0; k < arity (b, t); k++)
    if (!is_known (j, arguments (b, t)[k]))
      return false;
  return true;
}

/* The arguments of an atom that are known, among the first 32. */
static uint32_t known (Join *j, uint32_t atom) {
  const Bank *b = j->bank;
  uint32_t mask = 0;
  for (uint32_t k = 0; k < arity (b, atom) && k < 32; k++)
    mask |= (uint32_t) is_known (j, arguments (b, atom)[k]) << k;
  return mask;
}

static int count_bits (uint32_t x) {
  int n = 0;
  for (; x; x &= x - 1)
    n++;
  return n;
}

static uint64_t mix (uint64_t hash, uint32_t word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 32;
}

static bool enter_table (Join *j, JoinTable *t, uint32_t id) {
  Mem *m = &j->bank->mem;
  if (t->entries >= t->buckets) {
    size_t size = t->buckets ? 2 * t->buckets : 16;
    uint32_t *bucket = mem_zeroed (m, size * sizeof *bucket);
    if (!bucket)
      return no_memory (j);
    mem_free (m, t->bucket, t->buckets * sizeof *bucket);
    t->bucket = bucket;
    t->buckets = size;
    size_t n = t->entries;
    t->entries = 0;
    for (size_t i = 0; i < n; i++)
      enter_table (j, t, t->entry[i].fact);
  }
  if (!mem_grow (m, &t->entry, &t->entry_cap, t->entries + 1,
                 sizeof *t->entry))
    return no_memory (j);
  uint64_t hash = t->mask;
  const uint32_t *a = arguments (j->bank, j->fact[id].term);
  for (uint32_t mask = t->mask, k = 0; mask; mask >>= 1, k++)
    if (mask & 1)
      hash = mix (hash, a[k]);
  uint32_t *head = t->bucket + (hash & (t->buckets - 1));
  t->entry[t->entries] = (JoinEntry) {id, *head};
  *head = (uint32_t) ++t->entries;
  return true;
}

/* The table for a predicate and a mask, made and filled if need be. */
static uint32_t table_for (Join *j, uint32_t symbol, uint32_t mask) {
  if (!reach (j, &j->table_of, (size_t) symbol + 1))
    return NONE;
  uint32_t t = j->table_of.item[symbol];
  for (; t; t = j->table[t - 1].next)
    if (j->table[t - 1].mask == mask)
      return t - 1;
  if (!APPEND (j, table, tables, table_cap))
    return NONE;
  uint32_t id = (uint32_t) j->tables;
  j->table[id] =
      (JoinTable) {symbol, mask, j->table_of.item[symbol], NULL, 0, NULL, 0, 0};
  JoinTable *made = j->table + id;
  for (size_t f = 0; f < j->taken; f++)
    if (number (j->bank, j->fact[f].term) == symbol &&
        !enter_table (j, made, (uint32_t) f)) {
      mem_free (&j->bank->mem, made->bucket,
                made->buckets * sizeof *made->bucket);
      mem_free (&j->bank->mem, made->entry,
                made->entry_cap * sizeof *made->entry);
      return NONE;
    }
  j->tables++;
  j->table_of.item[symbol] = id + 1;
  return id;
}

/* One plan: the premise `first` takes the new fact, then the others follow,
   at each point the one with the most known arguments. */
static bool make_plan (Join *j, const uint32_t *body, uint32_t n,
                       uint32_t first, size_t *at) {
  Bank *b = j->bank;
  j->draft.size = 0;
  *at = j->steps;
  Vec *done = &j->chosen;
  done->size = 0;
  if (!reach (j, done, n))
    return false;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t best = first, mask = 0;
    if (i) {
      int most = -1;
      for (uint32_t k = 0; k < n; k++) {
        if (done->item[k])
          continue;
        uint32_t has = known (j, body[k]);
        if (count_bits (has) > most) {
          most = count_bits (has);
          best = k;
          mask = has;
        }
      }
    }
    done->item[best] = 1;
    uint32_t atom = body[best];
    JoinStep s = {best, 0, 0, 0, 0, 0};
    if (i && (s.table = table_for (j, number (b, atom), mask)) == NONE)
      return false;
    s.key = j->ops;
    for (uint32_t k = 0; k < arity (b, atom) && k < 32; k++)
      if (mask >> k & 1 && !compile_build (j, arguments (b, atom)[k]))
        return false;
    s.key_end = s.code = j->ops;
    for (uint32_t k = 0; k < arity (b, atom); k++)
      if (!compile_match (j, arguments (b, atom)[k]))
        return false;
    s.code_end = j->ops;
    if (!APPEND (j, step, steps, step_cap))
      return false;
    j->step[j->steps++] = s;
  }
  return true;
}

uint32_t join_rule (Join *j, uint32_t head, const uint32_t *body,
                    uint32_t n) {
  Bank *b = j->bank;
  size_t ops = j->ops, steps = j->steps, plans = j->plans;
  uint64_t total = b->weight[head];
  for (uint32_t i = 0; i < n; i++)
    total += b->weight[body[i]];
  if (total > LARGE) {
    b->fault = FAULT_LARGE;
    return NONE;
  }
  b->fault = FAULT_NONE;
  JoinRule r = {n, 0, 0, 0, (uint32_t) plans};
  if (!APPEND (j, rule, rules, rule_cap))
    return NONE;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t f = number (b, body[i]);
    JoinPlan p = {f, (uint32_t) j->rules, i, 0, n, 0};
    if (!reach (j, &j->plan_of, (size_t) f + 1) ||
        !make_plan (j, body, n, i, &p.step) ||
        !APPEND (j, plan, plans, plan_cap))
      goto undo;
    j->plan[j->plans++] = p;
    if (j->draft.size > r.slots)
      r.slots = (uint32_t) j->draft.size;
    /* Slots differ from plan to plan, and so does the head's program. */
    size_t bound = j->draft.size;
    if (!emit (j, SORT, 0) || !compile_build (j, head))
      goto undo;
    if (j->draft.size > bound) { /* a variable that no premise has */
      b->fault = FAULT_NONE;
      goto undo;
    }
    if (!emit (j, SORT, 0))
      goto undo;
  }
  /* Room in the lists of plans was made above: nothing can fail now. */
  for (uint32_t i = 0; i < n; i++) {
    JoinPlan *p = j->plan + plans + i;
    p->next = j->plan_of.item[p->symbol];
    j->plan_of.item[p->symbol] = (uint32_t) (plans + i) + 1;
  }
  for (uint32_t i = 0; i < n; i++)
    if (body[i] >= j->top)
      j->top = body[i] + 1;
  if (head >= j->top)
    j->top = head + 1;
  j->rule[j->rules] = r;
  return (uint32_t) j->rules++;
undo:
  j->ops = ops;
  j->steps = steps;
  j->plans = plans;
  return NONE;
}

/*----------------------------------------------------------------- firing --*/

/* Match the arguments of a fact; slots bound before stay bound. */
static int run_match (Join *j, const JoinStep *s, uint32_t fact) {
  Bank *b = j->bank;
  const JoinOp *op = j->op + s->code, *end = j->op + s->code_end;
  uint32_t t = j->fact[fact].term;
  const uint32_t *a = arguments (b, t);
  Vec *todo = &j->stack;
  todo->size = 0;
  while (op < end) {
    /* Arguments come from the fact until a program enters a subterm. */
    if (todo->size)
      t = todo->item[--todo->size];
    else
      t = *a++;
    switch (op->kind) {
    case GROUND_OP:
      if (t != op->what)
        return 0;
      break;
    case FIRST:
      if (op[1].what != sort_of (b, t))
        return 0;
      j->slots.item[op->what] = t;
      op++;
      break;
    case AGAIN:
      if (j->slots.item[op->what] != t)
        return 0;
      break;
    default:
      if (number (b, t) != op->what)
        return 0;
      for (uint32_t k = arity (b, t); k--;)
        if (!put (j, todo, arguments (b, t)[k]))
          return -1;
    }
    op++;
  }
  return 1;
}

/* Run a program that builds, up to `end`; the results stay on the stack. */
static bool run_build (Join *j, const JoinOp *op, const JoinOp *end) {
  Bank *b = j->bank;
  Vec *stack = &j->stack;
  stack->size = 0;
  for (; op < end; op++) {
    uint32_t t = op->what;
    if (op->kind == AGAIN)
      t = j->slots.item[t];
    else if (op->kind == ENTER) {
      stack->size -= b->symbol[t].arity;
      t = bank_app (b, t, stack->item + stack->size);
      if (t == NONE)
        return false;
    }
    if (!put (j, stack, t))
      return false;
  }
  return true;
}

/* The first entry of a step's table that may match, as number + 1. */
static bool look_up (Join *j, const JoinStep *s, uint32_t *entry) {
  const JoinTable *t = j->table + s->table;
  *entry = 0;
  if (!t->buckets)
    return true;
  if (!run_build (j, j->op + s->key, j->op + s->key_end))
    return false;
  uint64_t hash = t->mask;
  for (size_t i = 0; i < j->stack.size; i++)
    hash = mix (hash, j->stack.item[i]);
  *entry = t->bucket[hash & (t->buckets - 1)];
  return true;
}

static bool fire (Join *j, const JoinPlan *p) {
  /* The head's program stands after that of the last step, between two
     ops of kind SORT. */
  const JoinOp *op = j->op + j->step[p->step + p->steps - 1].code_end + 1;
  const JoinOp *end = op;
  while (end->kind != SORT)
    end++;
  j->firings++;
  if (!run_build (j, op, end))
    return false;
  uint32_t t = j->stack.item[0];
  if (join_find (j, t) != NONE)
    return true;
  return store (j, t, p->rule, j->chosen.item, (uint32_t) p->steps) != NONE;
}

/* All ways to match a plan whose first premise takes `fact`.  Where `all`
   is false, premises left of it take older facts only. */
static bool join (Join *j, const JoinPlan *p, uint32_t fact, bool all) {
  size_t n = p->steps;
  uint32_t slots = j->rule[p->rule].slots;
  if (!reach (j, &j->chosen, n) || !reach (j, &j->cursor, n) ||
      !reach (j, &j->slots, slots))
    return false;
  const JoinStep *s = j->step + p->step;
  int yes = run_match (j, s, fact);
  if (yes <= 0)
    return yes == 0;
  j->chosen.item[p->premise] = fact;
  if (n == 1)
    return fire (j, p);
  size_t at = 1;
  if (!look_up (j, s + 1, j->cursor.item + 1))
    return false;
  while (at) {
    uint32_t e = j->cursor.item[at];
    if (!e) {
      at--;
      continue;
    }
    const JoinEntry entry = j->table[s[at].table].entry[e - 1];
    j->cursor.item[at] = entry.next;
    if (!all && entry.fact >= fact && s[at].premise < p->premise)
      continue;
    yes = run_match (j, s + at, entry.fact);
    if (yes < 0)
      return false;
    if (!yes)
      continue;
    j->chosen.item[s[at].premise] = entry.fact;
    if (at + 1 == n) {
      if (!fire (j, p))
        return false;
    } else {
      at++;
      if (!look_up (j, s + at, j->cursor.item + at))
        return false;
    }
  }
  return true;
}

static bool take (Join *j, uint32_t fact) {
  uint32_t f = number (j->bank, j->fact[fact].term);
  if (f < j->table_of.size)
    for (uint32_t t = j->table_of.item[f]; t; t = j->table[t - 1].next) {
      JoinTable *table = j->table + t - 1;
      /* It stands there already if memory ran out when it was taken. */
      if (!table->entries || table->entry[table->entries - 1].fact != fact)
        if (!enter_table (j, table, fact))
          return false;
    }
  if (f < j->plan_of.size)
    for (uint32_t p = j->plan_of.item[f]; p; p = j->plan[p - 1].next)
      if (j->plan[p - 1].rule < j->joined &&
          !join (j, j->plan + p - 1, fact, false))
        return false;
  return true;
}

int join_run (Join *j, uint64_t limit, volatile bool *stop) {
  j->bank->fault = FAULT_NONE;
  /* New rules first, over the facts that were taken without them. */
  for (; j->joined < j->rules; j->joined++) {
    const JoinPlan *p = j->plan + j->rule[j->joined].plan;
    for (size_t f = 0; f < j->taken; f++)
      if (number (j->bank, j->fact[f].term) == p->symbol &&
          !join (j, p, (uint32_t) f, true))
        return JOIN_FAULT;
  }
  for (int i = 0; j->taken < j->facts; i++) {
    if (j->facts >= limit)
      return JOIN_LIMIT;
    if (*stop || i == 1000)
      return JOIN_STOPPED;
    if (!take (j, (uint32_t) j->taken))
      return JOIN_FAULT;
    j->taken++;
  }
  return JOIN_DONE;
}

const char *join_invariant (const Join *j) {
  for (size_t f = 0; f < j->facts; f++) {
    if (join_find (j, j->fact[f].term) != f)
      return "a term does not know its fact";
    uint32_t r = j->fact[f].rule;
    if (r == NONE)
      continue;
    for (uint32_t k = 0; k < j->rule[r].premises; k++)
      if (j->premises.item[j->fact[f].premises + k] >= f)
        return "a premise is younger than its conclusion";
  }
  for (size_t i = 0; i < j->tables; i++)
    for (size_t e = 0; e < j->table[i].entries; e++)
      if (number (j->bank, j->fact[j->table[i].entry[e].fact].term) !=
          j->table[i].symbol)
        return "a fact stands in the wrong table";
  return NULL;
}
