# Peano arithmetic in core notation: one definition says what a set N with a start i0, a successor
# relation s, and the graphs + and * of two operations must satisfy. Nothing else is assumed; every
# goal speaks of all N, i0, s, +, * for which the definition holds.
theory PeanoCore

define NaturalNumbers[N,i0,s,+,*] := (&
  (in[i0,N])
  (>[x,y] (in2[x,y,s]) (& (in[x,N]) (in[y,N])))
  (>[x] (in[x,N]) !(>[y] (in[y,N]) !(in2[x,y,s])))
  (>[x,y,z] (& (in2[x,y,s]) (in2[x,z,s])) (=[y,z]))
  (>[x,y,z] (& (in2[x,z,s]) (in2[y,z,s])) (=[x,y]))
  (>[x] (in[x,N]) !(in2[x,i0,s]))
  (>[x,y,z] (in3[x,y,z,+]) (& (in[x,N]) (in[y,N]) (in[z,N])))
  (>[x,y] (& (in[x,N]) (in[y,N])) !(>[z] (in[z,N]) !(in3[x,y,z,+])))
  (>[x,y,z,w] (& (in3[x,y,z,+]) (in3[x,y,w,+])) (=[z,w]))
  (>[x] (in[x,N]) (in3[x,i0,x,+]))
  (>[x,y,z,y1,z1] (& (in3[x,y,z,+]) (in2[y,y1,s]) (in2[z,z1,s])) (in3[x,y1,z1,+]))
  (>[x,y,z] (in3[x,y,z,*]) (& (in[x,N]) (in[y,N]) (in[z,N])))
  (>[x,y] (& (in[x,N]) (in[y,N])) !(>[z] (in[z,N]) !(in3[x,y,z,*])))
  (>[x,y,z,w] (& (in3[x,y,z,*]) (in3[x,y,w,*])) (=[z,w]))
  (>[x] (in[x,N]) (in3[x,i0,i0,*]))
  (>[x,y,z,y1,z1] (& (in3[x,y,z,*]) (in2[y,y1,s]) (in3[z,x,z1,+])) (in3[x,y1,z1,*])))

induction NaturalNumbers[N,i0,s,+,*]: N from i0 by s

# 0 + x = x
goal zero_add: (>[N,i0,s,+,*] (NaturalNumbers[N,i0,s,+,*]) (>[x] (in[x,N]) (in3[i0,x,x,+])))

# x + y = z -> s(x) + y = s(z)
goal succ_add: (>[N,i0,s,+,*] (NaturalNumbers[N,i0,s,+,*])
  (>[x,y,z,x1,z1] (& (in3[x,y,z,+]) (in2[x,x1,s]) (in2[z,z1,s])) (in3[x1,y,z1,+])))

# x + y = z -> y + x = z
goal add_comm: (>[N,i0,s,+,*] (NaturalNumbers[N,i0,s,+,*])
  (>[x,y,z] (& (in[x,N]) (in[y,N]) (in3[x,y,z,+])) (in3[y,x,z,+])))

# (x + y) + z = x + (y + z)
goal add_assoc: (>[N,i0,s,+,*] (NaturalNumbers[N,i0,s,+,*])
  (>[x,y,z,u,v,w] (& (in3[x,y,u,+]) (in3[u,z,w,+]) (in3[y,z,v,+])) (in3[x,v,w,+])))

explore size 7
