# A queue made of two lists: push onto the back, pop from the front, turn the back over when the
# front is empty. Is it a queue? `content` says what it holds, in order.
theory Queue

import list

data Queue(A) = queue(List(A), List(A))
var q : Queue(A)
var x : A
var xs, ys : List(A)

func content(Queue(A)) -> List(A) {
  content(queue(xs, ys)) = xs ++ reverse(ys)
}

func push(Queue(A), A) -> Queue(A) {
  push(queue(xs, ys), x) = queue(xs, cons(x, ys))
}

func turn(Queue(A)) -> Queue(A) {
  turn(queue(xs, ys)) = queue(xs ++ reverse(ys), nil)
}

# What is pushed comes last, and turning loses nothing.
goal push_is_last: content(push(q, x)) = content(q) ++ [x]
goal turn_keeps: content(turn(q)) = content(q)
goal turn_twice: turn(turn(q)) = turn(q)

explore size 5 with content, push, turn, ++, reverse
