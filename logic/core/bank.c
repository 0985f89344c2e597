#include "bank.h"

#include <stdlib.h>
#include <string.h>

#define RESERVE(b, array, cap, need) \
  mem_grow (&(b)->mem, &(b)->array, &(b)->cap, need, sizeof *(b)->array)

Bank *bank_new (size_t limit) {
  Bank *b = calloc (1, sizeof *b);
  if (!b)
    return NULL;
  b->mem.limit = limit;
  b->memo_stamp = 4;
  b->table_size = 64;
  b->table = mem_zeroed (&b->mem, b->table_size * sizeof *b->table);
  if (b->table)
    return b;
  bank_delete (b);
  return NULL;
}

void bank_delete (Bank *b) {
  if (!b)
    return;
  free (b->symbol);
  free (b->cell);
  free (b->weight);
  free (b->depth);
  free (b->mask);
  free (b->arg);
  free (b->variable);
  free (b->table);
  free (b->mark);
  free (b->link);
  free (b->val);
  free (b->memo);
  free (b->trail.item);
  free (b->merged.item);
  free (b->set.item);
  free (b->stack.item);
  free (b->later.item);
  free (b->built.item);
  free (b->frames.item);
  free (b);
}

static uint32_t fail (Bank *b, Fault fault) {
  b->fault = fault;
  return NONE;
}

uint32_t bank_symbol (Bank *b, uint32_t arity, uint32_t sort,
                      bool constructor) {
  if (b->symbols >= NUMBER)
    return fail (b, FAULT_FULL);
  if (!RESERVE (b, symbol, symbol_cap, b->symbols + 1))
    return fail (b, FAULT_MEMORY);
  uint32_t id = (uint32_t) b->symbols++;
  b->symbol[id] = (Symbol) {arity, sort, id, constructor, false};
  return id;
}

/*------------------------------------------------------------------------*/

static uint64_t mix (uint64_t hash, uint32_t word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 29;
}

/* A slot holds the upper half of its term's hash next to the id, so that
   probing rarely looks at a term in vain.  The
   position of a slot comes from that half as well. */
static uint64_t slot_for (uint64_t hash, uint32_t t) {
  return (hash & 0xffffffff00000000u) | (t + 1);
}

static size_t home_of (const Bank *b, uint64_t hash) {
  return (hash >> 32) & (b->table_size - 1);
}

static uint32_t slot_term (uint64_t slot) {
  return (uint32_t) slot - 1;
}

static uint64_t hash_app (uint32_t symbol, const uint32_t *args,
                          uint32_t arity) {
  uint64_t hash = mix (0x51ed270b, symbol);
  for (uint32_t i = 0; i < arity; i++)
    hash = mix (hash, args[i]);
  return hash * 0xd6e8feb86659fd93u;
}

static uint64_t hash_variable (uint32_t index, uint32_t sort) {
  return mix (mix (0x2545f491, index), sort) * 0xd6e8feb86659fd93u;
}

static uint64_t hash_term (const Bank *b, uint32_t t) {
  if (!is_variable (b, t))
    return hash_app (number (b, t), arguments (b, t), arity (b, t));
  const Variable *v = b->variable + number (b, t);
  return hash_variable (v->index, v->sort);
}

static void place (Bank *b, uint64_t slot) {
  size_t mask = b->table_size - 1, i = home_of (b, slot);
  while (b->table[i])
    i = (i + 1) & mask;
  b->table[i] = slot;
}

/* Room for one more term everywhere, so that appending it cannot fail
   half-way.  Terms are put into a larger table in the order of their ids:
   `bank_release` relies on it. */
static bool room (Bank *b, uint32_t arity) {
  size_t need = b->terms + 1;
  if (need > TERMS_MAX || b->args + arity > UINT32_MAX) {
    b->fault = FAULT_FULL;
    return false;
  }
  b->fault = FAULT_MEMORY;
  if (!RESERVE (b, cell, cell_cap, need) ||
      !RESERVE (b, weight, weight_cap, need) ||
      !RESERVE (b, depth, depth_cap, need) ||
      !RESERVE (b, mask, mask_cap, need) ||
      !RESERVE (b, arg, arg_cap, b->args + arity))
    return false;
  if (need > b->table_size / 2) {
    size_t old = b->table_size;
    uint64_t *table = mem_zeroed (&b->mem, 2 * old * sizeof *table);
    if (!table)
      return false;
    mem_free (&b->mem, b->table, old * sizeof *table);
    b->table = table;
    b->table_size = 2 * old;
    for (uint32_t t = 0; t < b->terms; t++)
      place (b, slot_for (hash_term (b, t), t));
  }
  b->fault = FAULT_NONE;
  return true;
}

uint32_t bank_variable (Bank *b, uint32_t index, uint32_t sort) {
  uint64_t hash = hash_variable (index, sort);
  for (size_t i = home_of (b, hash);; i++) {
    i &= b->table_size - 1;
    uint64_t slot = b->table[i];
    if (!slot)
      break;
    uint32_t t = slot_term (slot);
    if ((slot ^ hash) >> 32 || !is_variable (b, t))
      continue;
    const Variable *v = b->variable + number (b, t);
    if (v->index == index && v->sort == sort)
      return t;
  }
  if (b->variables >= NUMBER)
    return fail (b, FAULT_FULL);
  if (!RESERVE (b, variable, variable_cap, b->variables + 1))
    return fail (b, FAULT_MEMORY);
  if (!room (b, 0))
    return NONE;
  uint32_t t = (uint32_t) b->terms++, n = (uint32_t) b->variables++;
  b->variable[n] = (Variable) {index, sort, t};
  b->cell[t] = (Cell) {VARIABLE | n, (uint32_t) b->args};
  b->weight[t] = 1;
  b->depth[t] = 0;
  b->mask[t] = (uint64_t) 1 << (n < 63 ? n : 63);
  place (b, slot_for (hash, t));
  return t;
}

uint32_t bank_app (Bank *b, uint32_t symbol, const uint32_t *args) {
  uint32_t n = b->symbol[symbol].arity;
  uint64_t hash = hash_app (symbol, args, n);
  for (size_t i = home_of (b, hash);; i++) {
    i &= b->table_size - 1;
    uint64_t slot = b->table[i];
    if (!slot)
      break;
    uint32_t t = slot_term (slot);
    if ((slot ^ hash) >> 32 || (b->cell[t].head & ~GROUND) != symbol)
      continue;
    const uint32_t *have = arguments (b, t);
    uint32_t k = 0;
    while (k < n && have[k] == args[k])
      k++;
    if (k == n)
      return t;
  }
  if (!room (b, n))
    return NONE;
  uint64_t weight = 1, mask = 0;
  uint32_t depth = 0, ground = GROUND;
  for (uint32_t k = 0; k < n; k++) {
    uint32_t a = args[k];
    b->arg[b->args + k] = a;
    weight += b->weight[a];
    mask |= b->mask[a];
    if (b->depth[a] >= depth)
      depth = b->depth[a] + 1;
    ground &= b->cell[a].head;
  }
  uint32_t t = (uint32_t) b->terms++;
  b->cell[t] = (Cell) {symbol | ground, (uint32_t) b->args};
  b->weight[t] = weight < UINT32_MAX ? (uint32_t) weight : UINT32_MAX;
  b->depth[t] = depth;
  b->mask[t] = mask;
  b->args += n;
  b->symbol[symbol].used = true;
  place (b, slot_for (hash, t));
  return t;
}

/*------------------------------------------------------------------------*/

uint32_t bank_at (Bank *b, uint32_t t, const uint32_t *path, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (path[i] >= arity (b, t))
      return fail (b, FAULT_NONE);
    t = arguments (b, t)[path[i]];
  }
  return t;
}

uint32_t bank_replace (Bank *b, uint32_t t, const uint32_t *path,
                       size_t length, uint32_t by) {
  Vec *spine = &b->stack, *args = &b->built;
  spine->size = 0;
  for (size_t i = 0; i < length; i++) {
    if (!vec_push (&b->mem, spine, t))
      return fail (b, FAULT_MEMORY);
    t = bank_at (b, t, path + i, 1);
    if (t == NONE)
      return NONE;
  }
  while (length--) {
    uint32_t up = spine->item[length], n = arity (b, up);
    args->size = 0;
    if (!vec_reserve (&b->mem, args, n))
      return fail (b, FAULT_MEMORY);
    memcpy (args->item, arguments (b, up), n * sizeof *args->item);
    args->item[path[length]] = by;
    by = bank_app (b, number (b, up), args->item);
    if (by == NONE)
      return NONE;
  }
  return by;
}

/*------------------------------------------------------------------------*/

bool bank_mark (Bank *b, uint64_t *mark) {
  if (!RESERVE (b, mark, mark_cap, b->marks + 1)) {
    b->fault = FAULT_MEMORY;
    return false;
  }
  *mark = ++b->serial;
  b->mark[b->marks++] =
      (BankMark) {*mark, (uint32_t) b->terms, (uint32_t) b->symbols,
                  (uint32_t) b->variables, b->args};
  return true;
}

/* The order's answers may be wrong from here on.  A stamp of zero marks
   the free slots of their table, so stamps must not wrap. */
static void stale (Bank *b) {
  if (b->memo_stamp > UINT32_MAX - 64) {
    if (b->memo)
      memset (b->memo, 0, b->memo_size * sizeof *b->memo);
    b->memo_stamp = 0;
  }
  b->memo_used = 0;
  b->memo_stamp += 4;
}

/* With linear probing, the youngest entry of the table lies on no other
   entry's way: whatever was placed before it found its slot empty.  So
   the youngest goes by clearing its slot, and so on down. */
static void unplace (Bank *b, uint32_t t) {
  size_t mask = b->table_size - 1, i = home_of (b, hash_term (b, t));
  while (slot_term (b->table[i]) != t)
    i = (i + 1) & mask;
  b->table[i] = 0;
}

BankMark bank_moment (const Bank *b) {
  return (BankMark) {0, (uint32_t) b->terms, (uint32_t) b->symbols,
                     (uint32_t) b->variables, b->args};
}

void bank_rollback (Bank *b, BankMark m) {
  if (b->terms == m.terms)
    return;
  while (b->terms > m.terms)
    unplace (b, (uint32_t) --b->terms);
  b->args = m.args;
  b->variables = m.variables;
  stale (b);
}

bool bank_release (Bank *b, uint64_t serial) {
  size_t low = 0, high = b->marks;
  while (low < high) {
    size_t mid = (low + high) / 2;
    if (b->mark[mid].serial < serial)
      low = mid + 1;
    else
      high = mid;
  }
  if (low == b->marks || b->mark[low].serial != serial)
    return false;
  BankMark m = b->mark[low];
  b->marks = low;
  while (b->terms > m.terms)
    unplace (b, (uint32_t) --b->terms);
  b->args = m.args;
  b->variables = m.variables;
  if (b->symbols > m.symbols) {
    /* The ranks of the symbols that stay keep their order; closing the
       gaps keeps `rank < symbols` for the symbols to come. */
    uint32_t gone = (uint32_t) b->symbols;
    b->symbols = m.symbols;
    uint32_t *at = calloc (gone ? gone : 1, sizeof *at);
    if (at) {
      for (uint32_t s = 0; s < m.symbols; s++)
        at[b->symbol[s].rank] = s + 1;
      for (uint32_t r = 0, next = 0; r < gone; r++)
        if (at[r])
          b->symbol[at[r] - 1].rank = next++;
      free (at);
    } else /* the same, in quadratic time */
      for (uint32_t done = 0; done < m.symbols; done++) {
        uint32_t best = NONE;
        for (uint32_t s = 0; s < m.symbols; s++) {
          uint32_t r = b->symbol[s].rank;
          if (r >= done && (best == NONE || r < b->symbol[best].rank))
            best = s;
        }
        b->symbol[best].rank = done;
      }
  }
  for (Client *c = b->clients; c; c = c->next)
    if (m.terms < c->low)
      c->low = m.terms;
  stale (b);
  return true;
}

void bank_join (Bank *b, Client *c) {
  c->low = NONE;
  c->next = b->clients;
  c->link = &b->clients;
  if (c->next)
    c->next->link = &c->next;
  b->clients = c;
}

void bank_leave (Client *c) {
  if (!c->link)
    return;
  *c->link = c->next;
  if (c->next)
    c->next->link = c->link;
  c->link = NULL;
}

/*------------------------------------------------------------------------*/

static int ascending (const void *p, const void *q) {
  uint64_t a = *(const uint64_t *) p, c = *(const uint64_t *) q;
  return (a > c) - (a < c);
}

bool bank_precede (Bank *b, const uint32_t *symbols, size_t count) {
  size_t n = count + b->symbols;
  uint64_t *ranks = malloc ((n ? n : 1) * sizeof *ranks);
  if (!ranks) {
    b->fault = FAULT_MEMORY;
    return false;
  }
  uint64_t *old = ranks + count;
  for (size_t i = 0; i < b->symbols; i++)
    old[i] = (uint64_t) b->symbol[i].rank << 32 | i;
  for (size_t i = 0; i < count; i++)
    ranks[i] = b->symbol[symbols[i]].rank;
  qsort (ranks, count, sizeof *ranks, ascending);
  for (size_t i = 0; i < count; i++)
    b->symbol[symbols[i]].rank = (uint32_t) ranks[i];
  /* Only an exchange among symbols that occur in terms can change the
     answer of a comparison. */
  qsort (old, b->symbols, sizeof *old, ascending);
  bool first = true, changed = false;
  uint32_t last = 0;
  for (size_t i = 0; i < b->symbols; i++) {
    const Symbol *s = b->symbol + (uint32_t) old[i];
    if (!s->used)
      continue;
    changed |= !first && s->rank < last;
    last = s->rank;
    first = false;
  }
  free (ranks);
  if (changed) {
    b->epoch++;
    stale (b);
  }
  return true;
}

void bank_order (Bank *b, OrderKind kind) {
  if (b->order == kind)
    return;
  b->order = kind;
  b->epoch++;
  stale (b);
}

bool bank_workspace (Bank *b) {
  size_t need = 2 * b->terms;
  if (need <= b->nodes)
    return true;
  need = 2 * b->cell_cap;
  size_t bytes = need * sizeof *b->link;
  uint32_t *link = mem_zeroed (&b->mem, bytes);
  uint32_t *val = link ? mem_zeroed (&b->mem, bytes) : NULL;
  if (!val) {
    mem_free (&b->mem, link, bytes);
    b->fault = FAULT_MEMORY;
    return false;
  }
  mem_free (&b->mem, b->link, b->nodes * sizeof *b->link);
  mem_free (&b->mem, b->val, b->nodes * sizeof *b->val);
  b->link = link;
  b->val = val;
  b->nodes = need;
  return true;
}

/*------------------------------------------------------------------------*/

static bool is_filed (const Bank *b, uint32_t t) {
  size_t mask = b->table_size - 1, i = home_of (b, hash_term (b, t));
  while (b->table[i] && slot_term (b->table[i]) != t)
    i = (i + 1) & mask;
  return b->table[i];
}

const char *bank_invariant (const Bank *b) {
  size_t filed = 0, args = 0;
  for (size_t i = 0; i < b->table_size; i++)
    filed += b->table[i] != 0;
  if (filed != b->terms)
    return "the table does not hold each term once";
  for (uint32_t t = 0; t < b->terms; t++) {
    if (!is_filed (b, t))
      return "a term is not where its hash says";
    if (b->cell[t].args != args)
      return "the arguments of a term are out of place";
    if (is_variable (b, t)) {
      uint32_t n = number (b, t);
      if (n >= b->variables || b->variable[n].term != t)
        return "a variable does not know its term";
      continue;
    }
    if (number (b, t) >= b->symbols)
      return "a term has no symbol";
    uint32_t n = arity (b, t);
    uint64_t weight = 1, mask = 0;
    bool ground = true;
    for (uint32_t k = 0; k < n; k++) {
      uint32_t a = arguments (b, t)[k];
      if (a >= t)
        return "an argument is younger than its term";
      weight += b->weight[a];
      mask |= b->mask[a];
      ground &= is_ground (b, a);
    }
    if (weight < UINT32_MAX && weight != b->weight[t])
      return "a weight is wrong";
    if (mask != b->mask[t] || ground != is_ground (b, t))
      return "the variables of a term are wrong";
    args += n;
  }
  if (args != b->args)
    return "there are arguments without a term";
  for (size_t i = 0; i < b->nodes; i++)
    if (b->link[i] || b->val[i])
      return "the workspace is not clean";
  for (size_t s = 0; s < b->symbols; s++)
    if (b->symbol[s].rank >= b->symbols)
      return "a rank is out of range";
  return NULL;
}
