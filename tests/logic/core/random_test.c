/* random_test: the core without Python, driven by a seed.

   random_test SEED ROUNDS  builds banks, terms, rules, clauses and facts at
   random, calls everything with them, lets allocations fail, releases, and
   checks what can be checked: unifiers unify, matchers match, the orders
   are orders, normal forms are normal, and every invariant.  Meant to be
   run under AddressSanitizer and UBSan: see logic/core/Makefile.        */

#include "bank.h"
#include "index.h"
#include "join.h"
#include "order.h"
#include "rewrite.h"
#include "saturate.h"
#include "unify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;

static uint32_t roll (uint32_t n) { /* below n */
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t) (state >> 11) % n;
}

static uint64_t seed;
static int round_number;

#define CHECK(what)                                                       \
  do {                                                                    \
    if (!(what)) {                                                        \
      fprintf (stderr, "seed %llu, round %d, line %d: %s\n",              \
               (unsigned long long) seed, round_number, __LINE__, #what); \
      exit (1);                                                           \
    }                                                                     \
  } while (0)

static void sound (const char *wrong) {
  if (!wrong)
    return;
  fprintf (stderr, "seed %llu, round %d: %s\n", (unsigned long long) seed,
           round_number, wrong);
  exit (1);
}

/* The check itself may allocate: no fuse while it runs. */
#define SOUND(bank, check)                  \
  do {                                      \
    uint64_t fuse = (bank)->mem.fuse;       \
    (bank)->mem.fuse = 0;                   \
    sound (check);                          \
    (bank)->mem.fuse = fuse;                \
  } while (0)

typedef struct {
  Bank *bank;
  uint32_t symbol[8], term[64];
  uint32_t terms;
} World;

static bool build (World *w) {
  static const uint32_t arities[8] = {0, 0, 0, 1, 1, 2, 2, 3};
  Bank *b = w->bank;
  w->terms = 0;
  for (int i = 0; i < 8; i++) {
    w->symbol[i] = bank_symbol (b, arities[i], 0, i == 1 || i == 4);
    if (w->symbol[i] == NONE)
      return false;
  }
  /* Some banks have so many variables that masks are not exact. */
  uint32_t first = roll (4) ? 0 : 70;
  for (uint32_t i = 0; i < first; i++)
    if (bank_variable (b, 1000 + i, 0) == NONE)
      return false;
  while (w->terms < 64) {
    uint32_t t, args[3];
    uint32_t i = roll (11);
    if (i >= 8 || w->terms < 4)
      t = bank_variable (b, roll (4), roll (12) ? 0 : 1);
    else {
      for (int k = 0; k < 3; k++)
        args[k] = w->term[roll (w->terms)];
      t = bank_app (b, w->symbol[i], args);
      if (t != NONE && b->weight[t] > 200)
        continue;
    }
    if (t == NONE)
      return false;
    w->term[w->terms++] = t;
  }
  return true;
}

static uint32_t pick (const World *w) {
  return w->term[roll (w->terms)];
}

static bool test_unify (World *w) {
  Bank *b = w->bank;
  uint32_t s = pick (w), t = pick (w);
  unsigned side = roll (2);
  int yes = unify (b, s, t, side);
  bool ok = yes >= 0;
  if (yes > 0) {
    Naming names = {side, 0};
    uint32_t u = unify_apply (b, s, 0, &names);
    uint32_t v = u == NONE ? NONE : unify_apply (b, t, side, &names);
    ok = v != NONE;
    if (ok)
      CHECK (u == v);
  }
  unify_reset (b);
  if (!ok)
    return false;
  yes = match (b, s, t);
  ok = yes >= 0;
  if (yes > 0) {
    uint32_t u = unify_apply (b, s, 0, NULL);
    ok = u != NONE;
    if (ok)
      CHECK (u == t);
  }
  unify_reset (b);
  return ok;
}

static bool test_order (World *w) {
  Bank *b = w->bank;
  uint32_t s = pick (w), t = pick (w), u = pick (w);
  int mode = (int) roll (ORDER_MODES);
  int st = order_greater (b, s, t, mode), ts = order_greater (b, t, s, mode);
  int tu = order_greater (b, t, u, mode), su = order_greater (b, s, u, mode);
  if (st < 0 || ts < 0 || tu < 0 || su < 0)
    return false;
  CHECK (!(st && ts));
  CHECK (!(st && tu) || su);
  CHECK (mode != ORDER_RIGID || s == t || st || ts);
  return true;
}

static bool test_index (World *w) {
  Bank *b = w->bank;
  Tree r;
  Values out = {0};
  uint32_t filed[32];
  bool ok = tree_init (&r, b);
  for (int i = 0; ok && i < 32; i++)
    ok = tree_insert (&r, filed[i] = pick (w), i);
  uint32_t t = pick (w);
  for (int what = 0; ok && what < 3; what++) {
    out.size = 0;
    ok = tree_collect (&r, t, what, &out);
    size_t expected = 0;
    for (int i = 0; ok && i < 32; i++) {
      int yes = what == GENERALISATIONS ? match (b, filed[i], t)
                : what == INSTANCES     ? match (b, t, filed[i])
                                        : unify (b, t, filed[i], 1);
      unify_reset (b);
      ok = yes >= 0;
      if (ok && yes) {
        CHECK (expected < out.size);
        CHECK (out.item[expected++] == i);
      }
    }
    if (ok)
      CHECK (expected == out.size);
  }
  for (int i = 0; ok && i < 32; i++)
    ok = tree_remove (&r, filed[i], i) > 0;
  if (ok)
    CHECK (r.live_nodes == 2); /* the roots */
  if (r.node)
    SOUND (b, tree_invariant (&r));
  values_free (&b->mem, &out);
  tree_free (&r);
  return ok;
}

static bool test_rewrite (World *w) {
  Bank *b = w->bank;
  Rewriter r;
  Vec trace = {0};
  bool ok = rewrite_init (&r, b);
  for (int i = 0; ok && i < 6; i++) {
    uint32_t l = pick (w), m = pick (w), c[2] = {pick (w), pick (w)};
    if (sort_of (b, l) == sort_of (b, m))
      ok = rewrite_add (&r, l, m, c, roll (6) == 0, i) != -2;
  }
  for (int i = 0; ok && i < 8; i++) {
    uint32_t t = pick (w), mode = roll (ORDER_MODES);
    if (roll (8) == 0)
      rewrite_release (&r, roll ((uint32_t) r.rules + 1));
    trace.size = 0;
    ok = rewrite_sync (&r);
    uint32_t u = ok ? rewrite_trace (&r, t, (int) mode, 2000, &trace) : NONE;
    if (u == NONE) {
      ok = ok && b->fault == FAULT_STEPS;
      continue;
    }
    uint32_t v = rewrite_normalise (&r, u, (int) mode, 2000);
    if (v != NONE)
      CHECK (u == v);
    else
      ok = b->fault == FAULT_STEPS;
  }
  if (ok)
    SOUND (b, rewrite_invariant (&r));
  vec_free (&b->mem, &trace);
  rewrite_free (&r);
  return ok;
}

static bool test_saturate (World *w) {
  Bank *b = w->bank;
  Saturation s;
  volatile bool stop = false;
  bool ok = saturate_init (&s, b, bank_app (b, w->symbol[0], NULL));
  for (int i = 0; ok && i < 5; i++) {
    uint32_t a[6], n = 1 + roll (3);
    for (uint32_t k = 0; k < n; k++)
      do
        a[2 * k] = pick (w), a[2 * k + 1] = pick (w);
      while (sort_of (b, a[2 * k]) != sort_of (b, a[2 * k + 1]));
    if (n > 1 && roll (6) == 0)
      a[0] = a[1] = NONE;
    ok = saturate_add (&s, n % 3 != 0, a, n) != NONE;
  }
  uint64_t steps = 40;
  SatStatus status = SAT_PAUSE;
  while (ok && status == SAT_PAUSE)
    status = saturate_run (&s, &steps, 1500, 120, &stop);
  ok = ok && status != SAT_FAULT;
  if (ok)
    SOUND (b, saturate_invariant (&s));
  saturate_free (&s);
  return ok;
}

static bool test_join (World *w) {
  Bank *b = w->bank;
  Join j;
  volatile bool stop = false;
  bool ok = join_init (&j, b);
  for (int i = 0; ok && i < 12; i++) {
    uint32_t t = pick (w), body[3], n = 1 + roll (3);
    bool apps = !is_variable (b, t);
    for (uint32_t k = 0; k < n; k++) {
      body[k] = pick (w);
      apps &= !is_variable (b, body[k]);
    }
    if (is_ground (b, t))
      ok = join_fact (&j, t) != NONE;
    else if (apps && i < 8)
      ok = join_rule (&j, t, body, n) != NONE || b->fault == FAULT_NONE;
    if (ok && roll (3) == 0)
      ok = join_run (&j, 200, &stop) != JOIN_FAULT;
  }
  if (ok)
    ok = join_run (&j, 400, &stop) != JOIN_FAULT;
  sound (join_invariant (&j));
  join_free (&j);
  return ok;
}

static bool test_paths (World *w) {
  Bank *b = w->bank;
  uint32_t t = pick (w), path[8];
  size_t n = 0;
  for (uint32_t u = t; n < 8 && arity (b, u); n++) {
    path[n] = roll (arity (b, u));
    u = arguments (b, u)[path[n]];
  }
  uint32_t u = bank_at (b, t, path, n);
  uint32_t v = u == NONE ? NONE : bank_replace (b, t, path, n, u);
  if (v == NONE)
    return false;
  CHECK (v == t);
  return true;
}

/* One world: everything a few times, with an allocation failing somewhere
   in every other one. */
static void play (void) {
  World w = {.bank = bank_new (SIZE_MAX)};
  Bank *b = w.bank;
  CHECK (b);
  uint64_t mark = 0;
  if (roll (2))
    b->mem.fuse = 1 + roll (roll (2) ? 400 : 60);
  bool marked = bank_mark (b, &mark);
  if (roll (4) == 0)
    bank_order (b, ORDER_KBO);
  if (build (&w)) {
    static bool (*const tests[]) (World *) = {
        test_unify,   test_order, test_index, test_rewrite,
        test_saturate, test_join, test_paths};
    for (int i = 0; i < 40; i++) {
      uint32_t k = roll (7);
      if (k >= 3 && k < 6 && roll (3))
        k = roll (3);
      uint64_t inner;
      bool in = bank_mark (b, &inner);
      bool ok = tests[k](&w);
      unify_reset (b); /* as after any failure */
      if (!ok)
        CHECK (b->fault != FAULT_NONE || !b->mem.fuse);
      if (in && roll (2)) {
        CHECK (bank_release (b, inner));
        sound (bank_invariant (b));
      }
    }
    if (roll (3) == 0) {
      uint32_t two[2] = {w.symbol[2 + roll (3)], w.symbol[5 + roll (3)]};
      bank_precede (b, two, 2);
      test_order (&w);
      unify_reset (b);
    }
  }
  sound (bank_invariant (b));
  if (marked) {
    CHECK (bank_release (b, mark));
    CHECK (!b->terms && !b->symbols && !bank_release (b, mark));
  }
  sound (bank_invariant (b));
  bank_delete (b);
}

int main (int argc, char **argv) {
  seed = argc > 1 ? strtoull (argv[1], NULL, 10) : 1;
  int rounds = argc > 2 ? atoi (argv[2]) : 100;
  for (round_number = 0; round_number < rounds; round_number++) {
    state = (seed + 1) * 0x9e3779b97f4a7c15u + (uint64_t) round_number * 977;
    for (int i = 0; i < 8; i++)
      roll (2);
    play ();
  }
  printf ("%d rounds from seed %llu\n", rounds, (unsigned long long) seed);
  return 0;
}
