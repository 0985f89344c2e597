"""A crew that researches a topic and writes about it."""

from crewai import Agent, Crew, Process, Task
from crewai.tools import tool
from crewai_tools import SerperDevTool
from press import site


@tool("publish")
def publish_article(title: str, body: str, draft: bool = True) -> str:
    """Put an article on the site."""
    return site.post(title, body, draft)


search = SerperDevTool()

researcher = Agent(role="Researcher", goal="Find facts", backstory="...", tools=[search])
writer = Agent(role="Writer", goal="Write", backstory="...", allow_delegation=False)

research = Task(description="Find out about {topic}.", expected_output="Notes", agent=researcher)
write = Task(
    description="Write an article.",
    expected_output="An article",
    agent=writer,
    tools=[publish_article],
    context=[research],
    human_input=True,
)

crew = Crew(agents=[researcher, writer], tasks=[research, write], process=Process.sequential)

if __name__ == "__main__":
    crew.kickoff(inputs={"topic": "logic"})
